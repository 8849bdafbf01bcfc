package feed

import (
	"bytes"
	"strconv"
)

// maxExponent bounds the zeros that a number may be written out with; beyond, it is no count and no
// amount, and stays as it is written.
const maxExponent = 400

// appendDecimal appends a decimal number in its only form: no zeros around it, no exponent, no plus;
// no digit is lost. What is no number is not appended.
func appendDecimal(dst, text []byte) ([]byte, bool) {
	digits, negative := bytes.CutPrefix(text, []byte("-"))
	if !negative {
		digits = bytes.TrimPrefix(text, []byte("+"))
	}
	exponent := 0
	if at := bytes.IndexAny(digits, "eE"); at >= 0 {
		var err error
		if exponent, err = strconv.Atoi(string(digits[at+1:])); err != nil || max(exponent, -exponent) > maxExponent {
			return dst, false
		}
		digits = digits[:at]
	}
	whole, fraction, _ := bytes.Cut(digits, []byte("."))
	if len(whole)+len(fraction) == 0 || !allDigits(whole) || !allDigits(fraction) {
		return dst, false
	}
	if exponent != 0 {
		whole, fraction = shifted(whole, fraction, exponent)
	}
	whole, fraction = bytes.TrimLeft(whole, "0"), bytes.TrimRight(fraction, "0")
	if negative && len(whole)+len(fraction) > 0 {
		dst = append(dst, '-')
	}
	if len(whole) == 0 {
		whole = []byte("0")
	}
	dst = append(dst, whole...)
	if len(fraction) > 0 {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst, true
}

// shifted moves the point of a number by an exponent's digits.
func shifted(whole, fraction []byte, exponent int) (w, f []byte) {
	digits := append(bytes.Clone(whole), fraction...)
	point := len(whole) + exponent
	if point < 0 {
		digits = append(bytes.Repeat([]byte("0"), -point), digits...)
		point = 0
	}
	if more := point - len(digits); more > 0 {
		digits = append(digits, bytes.Repeat([]byte("0"), more)...)
	}
	return digits[:point], digits[point:]
}

func allDigits(s []byte) bool {
	for _, c := range s {
		if !isDigit(c) {
			return false
		}
	}
	return true
}
