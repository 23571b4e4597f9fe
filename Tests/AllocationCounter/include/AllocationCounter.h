#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

/// How often the calling thread has asked for heap memory, by whatever function, since it began.
long allocation_count(void);

#endif
