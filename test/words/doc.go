// Package words lets a real client fail on a broken box and types its very words
// into explain there: the answer must be right, and another one once the box is
// healed.
package words
