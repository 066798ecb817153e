package bundle

import (
	"bytes"
	"fmt"
	"strings"
)

// Make cleans the entries and packs them. It is pure: the same entries give the
// same bytes.
func Make(a About, entries []Entry, names Names) (Bundle, error) {
	all, removed := clean(entries)
	if a.Masked {
		mask(all, names)
	}
	for i := range all {
		all[i].trim()
	}
	b := Bundle{Removed: removed}
	for {
		b.Entries = append([]Entry{manifest(a, all, removed)}, all...)
		packed, err := pack(a.Time, b.Entries)
		if err != nil {
			return Bundle{}, fmt.Errorf("cannot pack the bundle: %v", err)
		}
		if len(packed) <= packedLimit || !halve(all) {
			b.Packed = packed
			break
		}
	}
	for i := range b.Entries {
		b.Sizes = append(b.Sizes, len(b.Entries[i].Data))
		b.Entries[i].Data = nil
	}
	return b, nil
}

// clean takes out what looks like a secret, from names as well as from texts.
func clean(entries []Entry) ([]Entry, int) {
	var out []Entry
	removed := 0
	seen := map[string]int{}
	cleaner := newCleaner()
	tidy := func(s string) string {
		s, n := cleaner.clean(s, Text)
		removed += n
		return s
	}
	for _, e := range entries {
		e.Source, e.Missing = tidy(e.Source), tidy(e.Missing)
		e.Name = entryName(tidy(e.Name))
		if e.Missing == "" {
			data, n := cleaner.clean(string(e.Data), e.Kind)
			e.Data = []byte(data)
			removed += n
		} else {
			e.Data = nil
		}
		if seen[e.Name]++; seen[e.Name] > 1 {
			e.Name = fmt.Sprintf("%s-%d", e.Name, seen[e.Name])
		}
		out = append(out, e)
	}
	return out, removed
}

// entryName makes a path that any archiver takes and that stays in its
// directory.
func entryName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._/@+-", r):
			return r
		}
		return '_'
	}, s)
	var parts []string
	for p := range strings.SplitSeq(s, "/") {
		if p != "" && strings.Trim(p, ".") != "" {
			parts = append(parts, p[:min(len(p), 100)])
		}
	}
	if len(parts) == 0 {
		return "unnamed"
	}
	return strings.Join(parts[:min(len(parts), 12)], "/")
}

// trim cuts an entry to its bound.
func (e *Entry) trim() {
	limit := entryLimit
	if e.Newest {
		limit = logLimit
	}
	e.cut(limit)
}

// cut keeps whole lines, so that nobody takes half a line for a whole one.
func (e *Entry) cut(limit int) {
	whole := len(e.Data)
	if whole <= limit {
		return
	}
	if e.Newest {
		e.Data = e.Data[whole-limit:]
		if at := bytes.IndexByte(e.Data, '\n'); at >= 0 {
			e.Data = e.Data[at+1:]
		}
		e.Cut = fmt.Sprintf("the older %d of %d bytes were cut off", whole-len(e.Data), whole)
		return
	}
	e.Data = e.Data[:limit]
	if at := bytes.LastIndexByte(e.Data, '\n'); at >= 0 {
		e.Data = e.Data[:at+1]
	}
	e.Cut = fmt.Sprintf("all after the first %d of %d bytes was cut off", len(e.Data), whole)
}

// halve cuts the largest entry in two; false when all of them are small.
func halve(all []Entry) bool {
	const small = 8 << 10
	largest := 0
	for i := range all {
		if len(all[i].Data) > len(all[largest].Data) {
			largest = i
		}
	}
	if len(all) == 0 || len(all[largest].Data) < small || all[largest].Kind == JSON {
		return false
	}
	all[largest].cut(len(all[largest].Data) / 2)
	return true
}
