/* In place of liblzma's own header of this name: here is one thread, so that what is to be done once needs no lock. */
#ifndef MYTHREAD_H
#define MYTHREAD_H

#include "sysdefs.h"

#define mythread_once(func) \
  do { \
    static bool is_done = false; \
    if (!is_done) func(); \
    is_done = true; \
  } while (0)

#endif
