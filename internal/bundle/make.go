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
		if len(packed) <= packedLimit || !shrink(all, packedLimit*9/10, len(packed)) {
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
			// Nobody waits for what will not be kept.
			e.cut(2 * e.limit())
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
	return out, removed + cleaner.again(out)
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
func (e *Entry) trim() { e.cut(e.limit()) }

func (e *Entry) limit() int {
	if e.Newest {
		return logLimit
	}
	return entryLimit
}

// cut keeps whole lines, so that nobody takes half a line for a whole one.
func (e *Entry) cut(limit int) {
	e.size = max(e.size, len(e.Data))
	whole := e.size
	if len(e.Data) <= limit || e.Kind == JSON {
		return
	}
	if e.Newest {
		e.Data = e.Data[len(e.Data)-limit:]
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

// shrink cuts the largest entries until all together have part of whole of what
// they had; false when there is nothing left to cut.
func shrink(all []Entry, part, whole int) bool {
	const small = 4 << 10
	total := 0
	for _, e := range all {
		total += len(e.Data)
	}
	did := false
	for target := int(int64(total) * int64(part) / int64(whole)); total > target; did = true {
		largest := -1
		for i, e := range all {
			if e.Kind != JSON && (largest < 0 || len(e.Data) > len(all[largest].Data)) {
				largest = i
			}
		}
		if largest < 0 || len(all[largest].Data) < small {
			break
		}
		before := len(all[largest].Data)
		all[largest].cut(before / 2)
		total -= before - len(all[largest].Data)
	}
	return did
}
