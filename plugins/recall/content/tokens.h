#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace assay::content {

/// Calls `take` for each word of a UTF-8 text, in lower case.
///
/// A word is a run of at least two letters, digits and underscores; everything else separates.
/// Beyond ASCII each character belongs to words, but for punctuation, signs of Latin-1 that are neither
/// letters nor numbers, currencies, arrows, symbols and emoji (the ranges are in tokens.cpp). Lower case is known of ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic; bytes that are no
/// UTF-8 separate. There is no stemming and no list of stop words: idf makes frequent words light.
/// Scripts without spaces give whole phrases as words: put them in as sets of words instead.
///
/// scikit-learn's TfidfVectorizer finds the same words with its standard token_pattern in text of
/// these alphabets.
void each_word(std::string_view text, const std::function<void(const std::string&)>& take);

}  // namespace assay::content
