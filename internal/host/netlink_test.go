package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// message builds one netlink message.
func message(kind, flags uint16, seq uint32, data []byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(data)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, flags)
	b = binary.NativeEndian.AppendUint32(b, seq)
	b = binary.NativeEndian.AppendUint32(b, 0)
	b = append(b, data...)
	return append(b, make([]byte, align4(len(b))-len(b))...)
}

func errno(code int32) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(code)) }

func TestReadDatagram(t *testing.T) {
	item := message(20, unix.NLM_F_MULTI, 7, []byte("item"))
	done := message(unix.NLMSG_DONE, unix.NLM_F_MULTI, 7, errno(0))
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	tests := []struct {
		name        string
		datagram    []byte
		items       int
		done, again bool
		err         string
	}{
		{"nothing", nil, 0, false, false, ""},
		{"items and more to come", join(item, item), 2, false, false, ""},
		{"items to the end", join(item, done), 1, true, false, ""},
		{"an end without a status", message(unix.NLMSG_DONE, 0, 7, nil), 0, true, false, ""},
		{"an end with an error", message(unix.NLMSG_DONE, 0, 7, errno(-int32(unix.ENOENT))), 0, true, false, "no such file"},
		{"an end with a strange status", message(unix.NLMSG_DONE, 0, 7, errno(5)), 0, true, false, "code 5"},
		{"an end cut short", message(unix.NLMSG_DONE, 0, 7, []byte{1}), 0, true, false, "cannot read the end"},
		{"refused", message(unix.NLMSG_ERROR, 0, 7, errno(-int32(unix.EPERM))), 0, true, false, "not permitted"},
		{"acknowledged instead of answered", message(unix.NLMSG_ERROR, 0, 7, errno(0)), 0, true, false, "code 0"},
		{"changed meanwhile", join(message(20, unix.NLM_F_DUMP_INTR, 7, []byte("item")), done), 1, true, true, ""},
		{"the answer to an earlier question", join(message(20, 0, 6, []byte("old")), item), 1, false, false, ""},
		{"nothing to do", join(message(unix.NLMSG_NOOP, 0, 7, nil), item), 1, false, false, ""},
		{"lost data", message(unix.NLMSG_OVERRUN, 0, 7, nil), 0, false, false, "lost"},
		{"half a header", item[:9], 0, false, false, "9 bytes"},
		{"half a message", item[:18], 0, false, false, "20 bytes of 18"},
		{"a length below the header", append(errno(3), make([]byte, 12)...), 0, false, false, "3 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			items := 0
			done, again, err := readDatagram(tt.datagram, 7, func(netlinkMessage) error { items++; return nil })
			if items != tt.items || done != tt.done || again != tt.again {
				t.Errorf("items %d done %v again %v, want %d %v %v", items, done, again, tt.items, tt.done, tt.again)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want one with %q", err, tt.err)
			}
		})
	}
}

func TestReadDatagramKeepsTheErrno(t *testing.T) {
	_, _, err := readDatagram(message(unix.NLMSG_DONE, 0, 1, errno(-int32(unix.ENOENT))), 1, nil)
	if !errors.Is(err, unix.ENOENT) {
		t.Errorf("error %v, want ENOENT", err)
	}
}

func TestReadDatagramStopsAtAnItemThatIsRefused(t *testing.T) {
	want := errors.New("no")
	two := append(message(20, 0, 1, nil), message(20, 0, 1, nil)...)
	calls := 0
	_, _, err := readDatagram(two, 1, func(netlinkMessage) error { calls++; return want })
	if !errors.Is(err, want) || calls != 1 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

func TestEachAttribute(t *testing.T) {
	// Two attributes of 5 and 8 bytes, as they follow a listening socket.
	raw := []byte{5, 0, 11, 0, 1, 0, 0, 0, 8, 0, 15, 128, 9, 9, 9, 9}
	got := map[uint16][]byte{}
	if err := eachAttribute(raw, func(kind uint16, v []byte) { got[kind] = v }); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got[11], []byte{1}) || !bytes.Equal(got[15], []byte{9, 9, 9, 9}) || len(got) != 2 {
		t.Errorf("got %v", got)
	}
	for _, bad := range [][]byte{{1}, {3, 0, 1, 0}, {9, 0, 1, 0, 0}, raw[:14]} {
		if err := eachAttribute(bad, func(uint16, []byte) {}); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

func TestDumpGivesUpWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h := &Host{Files: NewFiles("/")}
	if _, err := h.Listeners(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want Canceled", err)
	}
}

func FuzzNetlink(f *testing.F) {
	for _, seed := range diagSeeds(f) {
		f.Add(message(unix.SOCK_DIAG_BY_FAMILY, 2, 1, seed))
	}
	f.Add(message(unix.NLMSG_DONE, 2, 1, errno(0)))
	f.Add(message(unix.NLMSG_ERROR, 0, 1, errno(-2)))
	f.Fuzz(func(t *testing.T, data []byte) {
		total := 0
		for rest := data; len(rest) > 0; {
			m, next, err := nextMessage(rest)
			if err != nil {
				break
			}
			if len(next) >= len(rest) {
				t.Fatalf("no progress on %x", rest)
			}
			total += unix.SizeofNlMsghdr + len(m.Data)
			rest = next
		}
		if total > len(data) {
			t.Fatalf("%d bytes of messages in %d", total, len(data))
		}
		_, _, _ = readDatagram(data, 1, func(m netlinkMessage) error {
			_, _, err := parseDiag(m)
			return err
		})
		_, _, _ = readDatagram(data, 1, func(m netlinkMessage) error {
			_, _, err := parseAddress(m)
			return err
		})
	})
}
