/* How often things occur in the city's calls: the types of call, their dispositions and kinds of address,
 * cities, hours. Counts only; no row of the data is in here. Taken from 700 calls of the open data (the
 * evening of 2018-12-31). Read by calls.c alone. */
#ifndef DATA_FREQUENCIES_H
#define DATA_FREQUENCIES_H

#include <stdint.h>

enum disposition {
    D_HAN,
    D_NOT_RECORDED,
    D_CIT,
    D_ADV,
    D_REP,
    D_GOA,
    D_UTL,
    D_ND,
    D_NOM,
    D_PAS,
    D_CAN,
    D_ADM,
    D_CANCEL_22,
    D_ABA,
    D_NCR,
    D_ARR,
    D_SFD,
    D_VAS,
    D_CSA,
    D_CRM,
    D_OTS,
    D_GEN,
    D_FIR,
    D_COUNT
};

static const char *const disposition_names[D_COUNT] = {
    [D_HAN] = "HAN",      [D_NOT_RECORDED] = "Not recorded",
    [D_CIT] = "CIT",      [D_ADV] = "ADV",
    [D_REP] = "REP",      [D_GOA] = "GOA",
    [D_UTL] = "UTL",      [D_ND] = "ND",
    [D_NOM] = "NOM",      [D_PAS] = "PAS",
    [D_CAN] = "CAN",      [D_ADM] = "ADM",
    [D_CANCEL_22] = "22", [D_ABA] = "ABA",
    [D_NCR] = "NCR",      [D_ARR] = "ARR",
    [D_SFD] = "SFD",      [D_VAS] = "VAS",
    [D_CSA] = "CSA",      [D_CRM] = "CRM",
    [D_OTS] = "OTS",      [D_GEN] = "GEN",
    [D_FIR] = "FIR",
};

enum address_type { ADDRESS_INTERSECTION, ADDRESS_PREMISE, ADDRESS_COMMON, ADDRESS_GEO, ADDRESS_COUNT };

static const char *const address_type_names[ADDRESS_COUNT] = {
    [ADDRESS_INTERSECTION] = "Intersection",
    [ADDRESS_PREMISE] = "Premise address",
    [ADDRESS_COMMON] = "common_location",
    [ADDRESS_GEO] = "Geo-Override",
};

enum city { CITY_SAN_FRANCISCO, CITY_EMPTY, CITY_TREASURE_ISLAND, CITY_HUNTERS_POINT, CITY_DALY, CITY_COUNT };

static const char *const city_names[CITY_COUNT] = {
    [CITY_SAN_FRANCISCO] = "San Francisco",
    [CITY_EMPTY] = "",
    [CITY_TREASURE_ISLAND] = "Treasure Isla",
    [CITY_HUNTERS_POINT] = "Hunters Point",
    [CITY_DALY] = "Daly city",
};

static const uint16_t city_counts[ADDRESS_COUNT][CITY_COUNT] = {
    [ADDRESS_INTERSECTION] = {277, 1, 1, 0, 0},
    [ADDRESS_PREMISE] = {257, 0, 4, 1, 0},
    [ADDRESS_COMMON] = {129, 0, 0, 0, 1},
    [ADDRESS_GEO] = {14, 15, 0, 0, 0},
};

/* Calls by hour. From 16 o'clock on as counted; earlier hours, which the sample lacks, follow the usual
 * course of a city's day. */
static const uint16_t hour_counts[24] = {60, 50, 42,  30,  24,  24,  36,  55,  75, 85, 90, 92,
                                         95, 97, 104, 112, 120, 117, 130, 104, 68, 75, 86, 46};

struct disposition_frequency {
    uint8_t disposition; /* enum disposition */
    uint8_t count;       /* 0 ends the list */
};

/* Dispositions of all types that are too rare (below five) for a distribution of their own. */
static const struct disposition_frequency pooled_dispositions[] = {
    {D_HAN, 41}, {D_REP, 32}, {D_UTL, 16},         {D_GOA, 14}, {D_NOM, 12},      {D_ND, 11},
    {D_ADV, 7},  {D_CAN, 3},  {D_NOT_RECORDED, 3}, {D_ABA, 2},  {D_CANCEL_22, 1}, {D_ARR, 1},
    {D_CIT, 1},  {D_PAS, 1},  {D_SFD, 1},          {0, 0},
};

/* Codes that the sample lacks but the city's data have; some of them stand in no list of radio codes. */
static const struct disposition_frequency rare_dispositions[] = {
    {D_OTS, 3}, {D_GEN, 3}, {D_FIR, 2}, {D_VAS, 3}, {D_CSA, 1}, {D_CRM, 1}, {0, 0},
};

struct type_frequency {
    const char *name; /* as dispatchers typed it, slips included */
    uint16_t count;
    uint16_t address_types[ADDRESS_COUNT];
    struct disposition_frequency dispositions[12]; /* empty: the pooled ones */
};

static const struct type_frequency types[] = {
    {"Passing Call", 170, {75, 16, 59, 20}, {{D_HAN, 83}, {D_NOT_RECORDED, 83}, {D_ND, 4}}},
    {"Traffic Stop", 63, {57, 3, 1, 2}, {{D_CIT, 34}, {D_ADV, 17}, {D_HAN, 7}, {D_ADM, 4}, {D_ND, 1}}},
    {"Muni Inspection", 60, {39, 0, 21, 0}, {{D_NOT_RECORDED, 53}, {D_HAN, 7}}},
    {"Suspicious Vehicle",
     34,
     {17, 11, 4, 2},
     {{D_ADV, 18}, {D_HAN, 7}, {D_CIT, 4}, {D_ND, 2}, {D_CAN, 1}, {D_GOA, 1}, {D_NOT_RECORDED, 1}}},
    {"Traf Violation Cite",
     28,
     {1, 26, 0, 1},
     {{D_CIT, 13}, {D_GOA, 5}, {D_NOM, 5}, {D_HAN, 2}, {D_NOT_RECORDED, 2}, {D_ADV, 1}}},
    {"Audible Alarm", 27, {0, 26, 1, 0}, {{D_PAS, 19}, {D_CAN, 4}, {D_NCR, 3}, {D_HAN, 1}}},
    {"Suspicious Person",
     20,
     {8, 8, 4, 0},
     {{D_ADV, 8},
      {D_CIT, 2},
      {D_GOA, 2},
      {D_HAN, 2},
      {D_REP, 2},
      {D_ARR, 1},
      {D_ND, 1},
      {D_NOT_RECORDED, 1},
      {D_UTL, 1}}},
    {"Fight No Weapon",
     19,
     {6, 11, 2, 0},
     {{D_HAN, 7},
      {D_ADV, 2},
      {D_CAN, 2},
      {D_GOA, 2},
      {D_NOT_RECORDED, 2},
      {D_REP, 2},
      {D_CANCEL_22, 1},
      {D_ND, 1}}},
    {"22500e", 16, {0, 16, 0, 0}, {{D_CIT, 10}, {D_HAN, 3}, {D_CAN, 2}, {D_NOM, 1}}},
    {"Noise Nuisance",
     15,
     {7, 8, 0, 0},
     {{D_ADV, 5}, {D_GOA, 3}, {D_HAN, 3}, {D_ADM, 1}, {D_CAN, 1}, {D_NOT_RECORDED, 1}, {D_UTL, 1}}},
    {"Trespasser",
     14,
     {0, 10, 4, 0},
     {{D_HAN, 6}, {D_GOA, 3}, {D_ADV, 2}, {D_NOM, 1}, {D_REP, 1}, {D_UTL, 1}}},
    {"Well Being Check",
     14,
     {8, 5, 1, 0},
     {{D_HAN, 6}, {D_UTL, 3}, {D_ADV, 1}, {D_ND, 1}, {D_NOM, 1}, {D_NOT_RECORDED, 1}, {D_REP, 1}}},
    {"Auto Boost / Strip", 13, {9, 2, 2, 0}, {{D_REP, 9}, {D_UTL, 2}, {D_GOA, 1}, {D_ND, 1}}},
    {"601", 8, {1, 7, 0, 0}, {{D_HAN, 3}, {D_ADV, 2}, {D_CAN, 1}, {D_GOA, 1}, {D_ND, 1}}},
    {"Poss", 8, {2, 5, 1, 0}, {{D_UTL, 4}, {D_NOM, 2}, {D_HAN, 1}, {D_REP, 1}}},
    {"Assault / Battery",
     7,
     {3, 3, 1, 0},
     {{D_REP, 2}, {D_ABA, 1}, {D_CAN, 1}, {D_GOA, 1}, {D_ND, 1}, {D_UTL, 1}}},
    {"Traf Violation Tow",
     7,
     {0, 6, 0, 1},
     {{D_GOA, 2}, {D_HAN, 2}, {D_CAN, 1}, {D_CIT, 1}, {D_NOT_RECORDED, 1}}},
    {"Meet W/citizen", 6, {3, 1, 1, 1}, {{D_HAN, 2}, {D_CANCEL_22, 1}, {D_ADV, 1}, {D_ND, 1}, {D_REP, 1}}},
    {"22500f", 5, {0, 5, 0, 0}, {{D_GOA, 3}, {D_CIT, 2}}},
    {"Burglary", 5, {1, 4, 0, 0}, {{D_REP, 2}, {D_HAN, 1}, {D_ND, 1}, {D_NOM, 1}}},
    {"Homeless Complaint", 5, {2, 1, 2, 0}, {{D_ADV, 3}, {D_CIT, 1}, {D_HAN, 1}}},
    {"Jo", 5, {2, 2, 1, 0}, {{D_REP, 2}, {D_HAN, 1}, {D_ND, 1}, {D_UTL, 1}}},
    {"Petty Theft", 5, {1, 3, 0, 1}, {{D_GOA, 3}, {D_REP, 2}}},
    {"Caser", 4, {2, 1, 0, 1}, {{0}}},
    {"Fraud", 4, {0, 3, 1, 0}, {{0}}},
    {"H&r Veh Accident", 4, {2, 2, 0, 0}, {{0}}},
    {"Meet W/officer", 4, {1, 0, 3, 0}, {{0}}},
    {"7.2.27", 3, {0, 3, 0, 0}, {{0}}},
    {"909", 3, {1, 1, 1, 0}, {{0}}},
    {"Aided Case", 3, {3, 0, 0, 0}, {{0}}},
    {"Complaint Unkn", 3, {0, 3, 0, 0}, {{0}}},
    {"J/o", 3, {2, 1, 0, 0}, {{0}}},
    {"Prowler", 3, {0, 3, 0, 0}, {{0}}},
    {"Rep", 3, {0, 2, 1, 0}, {{0}}},
    {"Vandalism", 3, {0, 3, 0, 0}, {{0}}},
    {"Vehicle Alarm", 3, {1, 2, 0, 0}, {{0}}},
    {"518", 2, {1, 0, 1, 0}, {{0}}},
    {"594", 2, {1, 0, 1, 0}, {{0}}},
    {"7.2.25", 2, {1, 1, 0, 0}, {{0}}},
    {"910", 2, {0, 2, 0, 0}, {{0}}},
    {"917", 2, {1, 1, 0, 0}, {{0}}},
    {"Agg Assault / Adw", 2, {0, 2, 0, 0}, {{0}}},
    {"Arrest Made", 2, {1, 0, 1, 0}, {{0}}},
    {"At Risk", 2, {0, 2, 0, 0}, {{0}}},
    {"Casers", 2, {1, 1, 0, 0}, {{0}}},
    {"Citizen Arrest", 2, {0, 1, 1, 0}, {{0}}},
    {"Drunk Driver", 2, {2, 0, 0, 0}, {{0}}},
    {"Family", 2, {0, 2, 0, 0}, {{0}}},
    {"Fight No Weapon Dv", 2, {0, 2, 0, 0}, {{0}}},
    {"H&r Injury Accident", 2, {2, 0, 0, 0}, {{0}}},
    {"Indecent Exposure", 2, {0, 1, 1, 0}, {{0}}},
    {"Injury Veh Accident", 2, {2, 0, 0, 0}, {{0}}},
    {"Missing Juvenile", 2, {0, 2, 0, 0}, {{0}}},
    {"Party", 2, {0, 2, 0, 0}, {{0}}},
    {"Person Screaming", 2, {1, 1, 0, 0}, {{0}}},
    {"Report", 2, {0, 1, 1, 0}, {{0}}},
    {"Return", 2, {0, 2, 0, 0}, {{0}}},
    {"Shots Fired", 2, {1, 1, 0, 0}, {{0}}},
    {"Strongarm Robbery", 2, {1, 1, 0, 0}, {{0}}},
    {"Suicide Attempt", 2, {0, 2, 0, 0}, {{0}}},
    {"Veh Accident", 2, {0, 1, 1, 0}, {{0}}},
    {"21211", 1, {0, 1, 0, 0}, {{0}}},
    {"222 Poss", 1, {0, 1, 0, 0}, {{0}}},
    {"22500b", 1, {1, 0, 0, 0}, {{0}}},
    {"245 Poss", 1, {0, 0, 1, 0}, {{0}}},
    {"415", 1, {0, 1, 0, 0}, {{0}}},
    {"459", 1, {0, 1, 0, 0}, {{0}}},
    {"5150 Eval", 1, {0, 0, 1, 0}, {{0}}},
    {"811", 1, {0, 0, 1, 0}, {{0}}},
    {"853", 1, {0, 0, 1, 0}, {{0}}},
    {"917 Drugs", 1, {1, 0, 0, 0}, {{0}}},
    {"Aggr Soliciting", 1, {0, 1, 0, 0}, {{0}}},
    {"Att", 1, {0, 1, 0, 0}, {{0}}},
    {"Attempt", 1, {0, 0, 1, 0}, {{0}}},
    {"Atv & Mc", 1, {1, 0, 0, 0}, {{0}}},
    {"Drug Users", 1, {0, 1, 0, 0}, {{0}}},
    {"Drugs", 1, {0, 1, 0, 0}, {{0}}},
    {"Explosion", 1, {1, 0, 0, 0}, {{0}}},
    {"Explosive Found", 1, {0, 0, 1, 0}, {{0}}},
    {"Fire", 1, {1, 0, 0, 0}, {{0}}},
    {"Fireworks", 1, {0, 0, 1, 0}, {{0}}},
    {"Graffiti Vandalism", 1, {0, 1, 0, 0}, {{0}}},
    {"Heated", 1, {0, 1, 0, 0}, {{0}}},
    {"Intoxicated Person", 1, {1, 0, 0, 0}, {{0}}},
    {"Ip", 1, {0, 1, 0, 0}, {{0}}},
    {"Loitering", 1, {0, 0, 1, 0}, {{0}}},
    {"Loud Music", 1, {0, 0, 1, 0}, {{0}}},
    {"Loud Party", 1, {1, 0, 0, 0}, {{0}}},
    {"Missing Adult", 1, {0, 1, 0, 0}, {{0}}},
    {"Nabors", 1, {0, 0, 1, 0}, {{0}}},
    {"Npat", 1, {0, 1, 0, 0}, {{0}}},
    {"Panic Alarm", 1, {0, 1, 0, 0}, {{0}}},
    {"Pay Dispute", 1, {0, 1, 0, 0}, {{0}}},
    {"Person Breaking In", 1, {0, 1, 0, 0}, {{0}}},
    {"Person W/gun", 1, {0, 1, 0, 0}, {{0}}},
    {"Person W/knife", 1, {1, 0, 0, 0}, {{0}}},
    {"Poss Rep", 1, {0, 1, 0, 0}, {{0}}},
    {"Reckless", 1, {0, 1, 0, 0}, {{0}}},
    {"Recovered", 1, {0, 0, 1, 0}, {{0}}},
    {"Rep/survellience", 1, {0, 1, 0, 0}, {{0}}},
    {"Ringing Doorbell", 1, {0, 1, 0, 0}, {{0}}},
    {"Ro", 1, {0, 1, 0, 0}, {{0}}},
    {"Road Rage Poss", 1, {1, 0, 0, 0}, {{0}}},
    {"Robbery", 1, {0, 0, 1, 0}, {{0}}},
    {"Roommates", 1, {0, 1, 0, 0}, {{0}}},
    {"Silent Alarm", 1, {0, 1, 0, 0}, {{0}}},
    {"Squatter/916", 1, {0, 1, 0, 0}, {{0}}},
    {"Squatters", 1, {0, 1, 0, 0}, {{0}}},
    {"Susp", 1, {0, 1, 0, 0}, {{0}}},
    {"Suspicious Mailing", 1, {0, 1, 0, 0}, {{0}}},
    {"Veh Vs. Ped", 1, {1, 0, 0, 0}, {{0}}},
    {"Verbal/nabor", 1, {0, 1, 0, 0}, {{0}}},
    {"Vict", 1, {0, 1, 0, 0}, {{0}}},
    {"Wanted Vehicle / Sub", 1, {0, 1, 0, 0}, {{0}}},
};

#define TYPE_COUNT (sizeof types / sizeof types[0])

#endif
