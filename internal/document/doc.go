// Package document makes the papers of a visit, the confirmation form (业务施工确认单, VI-12) and the visit note
// (到访留言, NA-4), as PDF, and seals them so that anyone can detect a later change.
//
// A document is laid out here, on plain values, and drawn with codeberg.org/go-pdf/fpdf (MIT), which is kept up, takes
// its dates from the caller, and embeds subsets of TrueType fonts with a ToUnicode map, so that Chinese is text and can
// be searched. It knows characters of 16 bits only; rarer ones are refused before they would be an empty box.
//
// The seal is written here as well, on the standard library's cryptography: github.com/digitorus/pdfsign signs in the
// older form (adbe.pkcs7.detached), and a PAdES baseline signature is no more than a small CMS structure and an
// incremental update, which whoever relies on it can read in one sitting. QR codes come from rsc.io/qr, which is complete
// and has no dependencies.
package document
