package laws

// Files are the files of a configuration, by path. They may hold any bytes.
type Files map[string][]byte

// Try is a line that sshd may reject, in its place.
type Try struct {
	// Name says which line, and where it stands.
	Name string
	// Meant is the configuration with the line that was meant, Typed the one
	// with the line that was written.
	Meant, Typed Files
}

// Outcome is what became of a Try in a box.
type Outcome struct {
	Name string
	// Before is what "sshd -T" prints for Meant, After for what the doctor left,
	// each for every one of People; BeforeErr and AfterErr are what it said when
	// it refused.
	Before, After       []string
	BeforeErr, AfterErr string
	// Did says what the doctor did: Accepted, Left, Applied or Refused.
	Did string
	// Instead is the line that it put in place, Detail why it refused.
	Instead, Detail string
	// Now are the files as the doctor left them.
	Now Files
}

// What the doctor can have done.
const (
	// Accepted: this sshd has nothing against the line.
	Accepted = "accepted"
	// Left: only the owner can say what it should be.
	Left = "left"
	// Applied: it was set aside.
	Applied = "applied"
	// Refused: it was to be set aside, and sshd would not have accepted that.
	Refused = "refused"
)

// People are the connections that sshd is asked about (its option -C).
func People() []string {
	return []string{"user=alice,host=h,addr=10.1.2.3", "user=bob,host=h,addr=10.1.2.3"}
}

// Seen is what the doctor sees of a configuration.
type Seen struct {
	Known    bool
	Err      string
	Version  string
	HostKeys []string
	Problems []string
}
