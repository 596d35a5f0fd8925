#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>
static void *idle(void *name) { pthread_setname_np(pthread_self(), name); for (;;) pause(); }
int main(void) {
  pthread_attr_t a; pthread_attr_init(&a); pthread_attr_setstacksize(&a, 65536);
  pthread_t t; pthread_create(&t, &a, idle, "worker"); pthread_create(&t, &a, idle, "other");
  for (;;) pause();
}
