package clients

import "time"

// Facts is what was seen of one server and of those whom it turned away.
type Facts struct {
	// Known are the releases of clients.
	Known []Release
	// Where is the address that was asked, as a person says it: "127.0.0.1 port 22".
	Where string
	// Server is its offer; nil where none could be read.
	Server *Server
	Host   Host
	// Refusals are those of the last day, oldest first.
	Refusals []Refusal
	// Back is from when on sshd's lines were looked at; Whole: that is the whole day.
	Back  time.Time
	Whole bool
	// RefusalsErr says why they could not be read.
	RefusalsErr string
}

// Survey is how all known clients fare with the server, if its offer is known.
func (f Facts) Survey() Survey {
	if f.Server == nil {
		return Survey{}
	}
	return Look(f.Known, *f.Server, f.Host)
}
