// OpenSSL's large buffers as PageBlocks. It takes 21,848 bytes for the messages of a handshake,
// clears 16,384 of them and as a rule uses 1,000: between other blocks of a heap all of it is
// memory in use, for as long as a peer stalls. Nor do these buffers, which come and go with every
// record, tear holes into the heap.
#pragma once

namespace gateway {

// For the whole process; to be called first of all in main(): without effect where OpenSSL has
// taken memory already.
void give_openssl_page_blocks();

}  // namespace gateway
