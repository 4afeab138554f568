/* The program that writes synthetic calls, with its streams as parameters, so that tests can call it. */
#ifndef DATA_GENERATE_H
#define DATA_GENERATE_H

#include <stdio.h>

/* Arguments as in main. Returns the exit status: 0, 1 (cannot write) or 2 (wrong arguments), said in err. */
int generate_run(int argc, char **argv, FILE *out, FILE *err);

#endif
