/* The user's librdkafka properties (-X): set, checked, and refused in words that name them as they were
 * typed. Any thread. */
#ifndef KAFKA_CLIENT_PROPERTIES_H
#define KAFKA_CLIENT_PROPERTIES_H

#include "kafka/client.h"

/* False with one sentence in err: which property, why, and what is allowed where the library tells. */
bool client_set_property(rd_kafka_conf_t *conf, const struct kafka_property *p, char *err, size_t err_cap);
/* All that are for the role. */
bool client_set_properties(rd_kafka_conf_t *conf, const struct options *o, enum client_role role, char *err,
                           size_t err_cap);

#endif
