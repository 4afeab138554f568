/* Where Spark's web pages are, by what the user says, what the job says, and what is usual. Pure. */
#ifndef SPARK_ADDRESSES_H
#define SPARK_ADDRESSES_H

#include "options.h"
#include "snapshot.h"
#include "spark/ledger.h"
#include "spark/rest.h"

void spark_addresses(struct rest_target *t, const struct options *o, const struct ledger_run *r,
                     enum job_state state);

#endif
