/*
 * The raw LZMA2 encoder of liblzma, for JavaScript: one encoder at a time, which is fed from a buffer and fills
 * another. Who calls it keeps the order: `begin`, `code` until it gives no more, and again for the next content.
 */
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>

#define EXPORT(name) __attribute__((export_name(name)))

enum { buffer_size = 1 << 18 };

static lzma_stream stream;
static uint8_t input[buffer_size];
static uint8_t output[buffer_size];

EXPORT("bufferSize") uint32_t get_buffer_size(void) { return buffer_size; }
EXPORT("input") uint8_t *get_input(void) { return input; }
EXPORT("output") uint8_t *get_output(void) { return output; }

/* Begins with new content. What an encoder with the same dictionary had allocated is used again. Answers a lzma_ret. */
EXPORT("begin")
int begin(uint32_t dictionary, uint32_t lc, uint32_t lp, uint32_t pb, uint32_t mode, uint32_t nice, uint32_t mf, uint32_t depth) {
  lzma_options_lzma options = {
    .dict_size = dictionary,
    .lc = lc,
    .lp = lp,
    .pb = pb,
    .mode = (lzma_mode)mode,
    .nice_len = nice,
    .mf = (lzma_match_finder)mf,
    .depth = depth,
  };
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
  return lzma_raw_encoder(&stream, filters);
}

/* Takes the first `size` bytes of `input`, unless some of it is left from the call before. */
EXPORT("take")
void take(uint32_t size) {
  stream.next_in = input;
  stream.avail_in = size;
}

/* Codes what was taken, and writes all that is to come if it was the last. Answers how much of `output` is filled: when that is all of it, there is more. Below zero, a negated lzma_ret. */
EXPORT("code")
int code(int is_last) {
  stream.next_out = output;
  stream.avail_out = buffer_size;
  const lzma_ret result = lzma_code(&stream, is_last ? LZMA_FINISH : LZMA_RUN);
  if (result != LZMA_OK && result != LZMA_STREAM_END && result != LZMA_BUF_ERROR) return -(int)result;
  return (int)(buffer_size - stream.avail_out);
}
