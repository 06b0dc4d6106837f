#!/usr/bin/env bash
# Makes encoder.wasm from the sources of XZ Utils as Debian has them. The same tools give the same bytes.
# Needs Debian 12 with: apt-get install clang lld wasi-libc libclang-rt-14-dev-wasm32 xz-utils
#   build.sh XZ_SOURCES OUT      XZ_SOURCES: xz-utils_5.4.1.orig.tar.xz, as `apt-get source xz-utils` brings it
set -euo pipefail
sources=$1 out=$(realpath -m "$2") here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
echo "5d9827aa1875b21c288f78864bb26d2650b436ea8d2cad364e4921eb6266a5a5  $sources" | sha256sum --check --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xf "$sources" -C "$work" --strip-components=1
cd "$work/src/liblzma"

features=(HAVE_STDINT_H HAVE_STDBOOL_H HAVE_STRING_H HAVE_INTTYPES_H HAVE_LIMITS_H HAVE__BOOL HAVE___BUILTIN_BSWAPXX
  HAVE_ENCODERS HAVE_ENCODER_LZMA1 HAVE_ENCODER_LZMA2 HAVE_MF_HC3 HAVE_MF_HC4 HAVE_MF_BT2 HAVE_MF_BT3 HAVE_MF_BT4
  HAVE_CHECK_CRC32 SIZEOF_SIZE_T=4 TUKLIB_FAST_UNALIGNED_ACCESS TUKLIB_SYMBOL_PREFIX=lzma_ NDEBUG)
# The folder of mythread.h comes first, so that ours is found.
includes=("$here" api common check lz lzma rangecoder delta simple ../common)
files=(common/{common,filter_encoder,filter_common}.c check/crc32_table.c lz/{lz_encoder,lz_encoder_mf}.c rangecoder/price_table.c
  lzma/{lzma_encoder_presets,lzma_encoder,lzma_encoder_optimum_fast,lzma_encoder_optimum_normal,lzma2_encoder,fastpos_table}.c)

clang --target=wasm32-wasi -O3 -mbulk-memory -w "${features[@]/#/-D}" "${includes[@]/#/-I}" \
  -isystem /usr/include/wasm32-wasi -L/usr/lib/wasm32-wasi \
  "$here/encoder.c" "${files[@]}" -o "$out" -nostartfiles -Wl,--no-entry,--strip-all
sha256sum "$out"
