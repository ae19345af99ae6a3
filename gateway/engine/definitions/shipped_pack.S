/* The schema pack as read-only data of the binary: one file to ship, mapped by the loader. */
    .section .rodata
    .balign 64
    .global painbridge_schema_pack_begin
    .global painbridge_schema_pack_end
painbridge_schema_pack_begin:
    .incbin PAINBRIDGE_SCHEMA_PACK
painbridge_schema_pack_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
