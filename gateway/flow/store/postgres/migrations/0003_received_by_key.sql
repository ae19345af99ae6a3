-- What was received and not processed, by who must not be overtaken: few rows at any time.
CREATE INDEX message_received ON message (order_key, sequence) WHERE state = 'received';
