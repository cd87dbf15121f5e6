#pragma once

// What an author has lying about: a library that knows nothing of assay.
double price_of(long item);
