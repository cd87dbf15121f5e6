#pragma once

#include "dataset/log_changes.h"

namespace assay::dataset {

/// Adds events of train for users, or items, that have fewer than `below` of them.
///
///  - neighbours, of users: a user with S positive items, 0 < S < below, gets the below - S others
///    with the largest sum of cosines to them, each item voting with its 50 nearest (item-based
///    neighbours, Sarwar et al., WWW 2001, as predicted entries: Ma, King and Lyu, SIGIR 2007).
///    Cosine of i and j: users of both / sqrt(users of i * users of j). They stand behind the user's
///    first positive event and have its type and value. Of items: the same with the parts changed,
///    an item gets the users who have most of its 50 nearest items
///  - crop, mask, reorder: of a user's sequence of positive events, 1 < S < below of them, `copies`
///    are made, each as a new user: floor(share S) events in a row; the sequence without
///    floor(share S) events; the sequence with floor(share S) items in a row in another order (Xie
///    et al., Contrastive Learning for Sequential Recommendation, ICDE 2022, equations 4 to 6, which
///    contrasts them; here they are learnt from). At least one event is left
///
/// Only events of train count, and are added to. Ties go to the smaller id.
void add_pseudo_events(LogChanges& log, const task::AugmentSpec& augment);

}  // namespace assay::dataset
