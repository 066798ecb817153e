package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"strconv"
	"strings"
)

const (
	// journalSocket is where journald takes entries in its native protocol
	// (systemd.io/JOURNAL_NATIVE_PROTOCOL).
	journalSocket = "/run/systemd/journal/socket"
	// fieldLimit caps one field, in bytes, so that an entry always fits into one
	// datagram.
	fieldLimit = 4 << 10
)

// Field is one field of a journal entry. A name consists of A-Z, 0-9 and _, and
// does not begin with _ (systemd.journal-fields(7)).
type Field struct{ Name, Value string }

// Log writes one entry into the journal; priority is that of syslog(3). What is
// too long for a field is cut off.
func (h *Host) Log(ctx context.Context, priority int, message string, fields []Field) error {
	entry := appendField(nil, "PRIORITY", strconv.Itoa(priority))
	entry = appendField(entry, "SYSLOG_IDENTIFIER", "sshd-doctor")
	entry = appendField(entry, "MESSAGE", message)
	for _, f := range fields {
		entry = appendField(entry, f.Name, f.Value)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unixgram", h.Files.Real(journalSocket))
	if err != nil {
		return fmt.Errorf("cannot reach the journal: %v", err)
	}
	defer conn.Close()
	if _, err := conn.Write(entry); err != nil {
		return fmt.Errorf("cannot write to the journal: %v", err)
	}
	return nil
}

// appendField writes a field as the protocol has it: a value of several lines
// follows its length, 64 bits, little endian.
func appendField(entry []byte, name, value string) []byte {
	value = strings.ToValidUTF8(value[:min(len(value), fieldLimit)], "?")
	out := bytes.NewBuffer(entry)
	out.WriteString(name)
	if !strings.Contains(value, "\n") {
		out.WriteString("=" + value + "\n")
		return out.Bytes()
	}
	out.WriteByte('\n')
	out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(value))))
	out.WriteString(value + "\n")
	return out.Bytes()
}
