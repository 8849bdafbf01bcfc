package liveperson

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCleanItem(t *testing.T) {
	for name, tc := range map[string]struct{ in, want, id string }{
		"nothing to drop": {`{"id":12345678901234567890,"name":"a b","x":1.50}`, `{"id":12345678901234567890,"name":"a b","x":1.50}`, "12345678901234567890"},
		"first":           {`{"passwordSh":"secret","id":"7"}`, `{"id":"7"}`, "7"},
		"last":            {`{"id":7,"allowedAppKeys":"a,b"}`, `{"id":7}`, "7"},
		"middle, spaced":  {"{ \"id\" : 7 ,\n \"allowedAppKeys\" : [ \"k\" , {\"a\":1} ] , \"z\" : [ 1 , { } ] }", `{"id":7,"z":[1,{}]}`, "7"},
		"deep":            {`{"id":7,"a":[{"b":{"PASSWORDSH":"x","c":null}}]}`, `{"id":7,"a":[{"b":{"c":null}}]}`, "7"},
		"escaped key":     {`{"id":7,"password\u0053h":"x","\u0061":"\u0062"}`, `{"id":7,"\u0061":"\u0062"}`, "7"},
		"all":             {`{"oldPassword":1,"confirmPassword":{}}`, `{}`, ""},
		"id of another":   {`{"profile":{"id":9}}`, `{"profile":{"id":9}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var dst bytes.Buffer
			id, err := cleanItem(&dst, []byte(tc.in))
			require.NoError(t, err)
			require.Equal(t, tc.want, dst.String())
			require.Equal(t, tc.id, id)
		})
	}
	var dst bytes.Buffer
	for _, bad := range []string{``, `[]`, `1`, `{"id":}`, `{"passwordSh":"x"`} {
		_, err := cleanItem(&dst, []byte(bad))
		require.Error(t, err, bad)
	}
}

// Wherever a secret sits, it is gone, and all else means what it meant.
func TestCleanItemDropsOnlySecrets(t *testing.T) {
	const canary = "canary-7f3a"
	names := rapid.SampledFrom([]string{"id", "name", "a\"b", "passwordSh", "allowedAppKeys", "x"})
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		return rapid.Custom(func(t *rapid.T) any {
			switch n := rapid.IntRange(0, 5).Draw(t, "kind"); {
			case n == 0 && depth > 0:
				return rapid.MapOfN(names, value(depth-1), 0, 4).Draw(t, "object")
			case n == 1 && depth > 0:
				return rapid.SliceOfN(value(depth-1), 0, 3).Draw(t, "array")
			case n == 2:
				return rapid.Float64Range(-1e6, 1e6).Draw(t, "number")
			default:
				return rapid.String().Draw(t, "text")
			}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOfN(names, value(3), 0, 5).Draw(t, "object")
		plantSecrets(object, canary)
		in, err := json.MarshalIndent(object, "", " ")
		require.NoError(t, err)
		var dst bytes.Buffer
		_, err = cleanItem(&dst, in)
		require.NoError(t, err)
		require.NotContains(t, dst.String(), canary)
		dropSecrets(object)
		want, err := json.Marshal(object)
		require.NoError(t, err)
		require.JSONEq(t, string(want), dst.String())
	})
}

func plantSecrets(v any, canary string) {
	eachObject(v, func(m map[string]any) {
		for _, name := range withheld {
			if _, ok := m[name]; ok {
				m[name] = []any{canary, map[string]any{"k": canary}}
			}
		}
	})
}

func dropSecrets(v any) {
	eachObject(v, func(m map[string]any) {
		for _, name := range withheld {
			delete(m, name)
		}
	})
}

func eachObject(v any, do func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		do(v)
		for _, member := range v {
			eachObject(member, do)
		}
	case []any:
		for _, element := range v {
			eachObject(element, do)
		}
	}
}
