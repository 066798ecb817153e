// Package safetext makes text that somebody else chose fit to be shown on a console
// and to be typed there. Names of processes, units and files, lines of logs and
// banners of peers may hold anything, what a terminal takes as a command included.
package safetext

import "strings"

// ASCII puts a question mark in the place of each character but printable ASCII.
func ASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// Start is the beginning of a text, at most so many bytes of it, in ASCII.
func Start(s string, most int) string { return ASCII(s[:min(len(s), most)]) }

// Word is a word as a shell reads it, quoted where it has to be.
func Word(s string) string {
	const harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-:@%+=,"
	if s != "" && strings.Trim(s, harmless) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
