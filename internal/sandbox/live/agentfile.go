package live

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"net/http"
)

// fileTypes are the platform's names of images, by content type.
var fileTypes = map[string]string{"image/png": "PNG", "image/jpeg": "JPG", "image/gif": "GIF"}

// sendFile stores an image as the agent's upload and sends it.
func (e *Engine) sendFile(c *conversation, a *Act) error {
	who, err := e.actor(c, a)
	if err != nil {
		return err
	}
	data := a.Data
	if len(data) == 0 {
		data = picture()
	}
	contentType := http.DetectContentType(data)
	kind := fileTypes[contentType]
	if kind == "" || len(data) > MostFileBytes {
		return invalid("data: must be a PNG, JPEG or GIF of up to %d bytes", MostFileBytes)
	}
	path := e.announce(c.account, who.ID, len(data), kind)
	e.files[path].content = data
	message := hostedFile{Caption: a.Text, RelativePath: path, FileType: kind}
	if preview := "data:" + contentType + ";base64," + base64.StdEncoding.EncodeToString(data); len(preview) <= mostPreviewBytes {
		message.Preview = preview
	}
	return e.contribute(c, a, fileEvent{eventContent, message, contentFile})
}

// sendForm invites the consumer to fill in a secure form.
func (e *Engine) sendForm(c *conversation, a *Act) error {
	if a.Text == "" {
		return invalid("text: is required, the form's title")
	}
	return e.contribute(c, a, formEvent{eventContent, invitation{e.newID(), e.newID(), a.Text}, contentInvitation})
}

// picture is an image for those who bring none.
func picture() []byte {
	const side = 16
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		img.Set(i%side, i/side, color.RGBA{R: uint8(i), G: 0x80, B: 0xc0, A: 0xff})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // to memory
	return b.Bytes()
}
