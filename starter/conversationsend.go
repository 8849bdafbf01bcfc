package main

import (
	"context"
	"errors"
	"mime"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

func (a *app) conversationSend() *cobra.Command {
	var file, event, dialog, key string
	c := &cobra.Command{
		Use: "send CONVERSATION [TEXT]", Short: "Send a message or a file of the consumer", Args: cobra.RangeArgs(1, 2),
		Long: "Send a message and print the number that the platform gave it. With --file TEXT is the caption.",
		Example: `  starter conversation send 5491244f-e462-4c63-bf4e-faf4b2d3e7b5 "Where is my order?"
  starter conversation send 5491244f-e462-4c63-bf4e-faf4b2d3e7b5 --file receipt.png "The receipt"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			text := ""
			if len(args) > 1 {
				text = args[1]
			}
			body := httpapi.MessageRequest{Text: text, Dialog: dialog}
			if event != "" {
				if err := a.readJSON(event, &body.Event); err != nil {
					return err
				}
			}
			if text == "" && file == "" && event == "" {
				return usagef("nothing to send: give a text, --file or --event")
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			return a.sent(sendAny(cmd.Context(), client.Conversations(account), args[0], file, body, keyed(key)))
		},
	}
	c.Flags().StringVar(&file, "file", "", "send this file: .jpg, .png or .gif, at most 3 MB")
	c.Flags().StringVar(&event, "event", "", "send the event in this JSON file as the platform takes it: rich content, a form; - is standard input")
	c.Flags().StringVar(&dialog, "dialog", "", "the dialog (default: the one that is open)")
	c.MarkFlagsMutuallyExclusive("file", "event")
	messageKey(c, &key)
	return c
}

func sendAny(ctx context.Context, c apiclient.Conversations, id, file string, body httpapi.MessageRequest, w apiclient.Write) (sent httpapi.Sent, err error) {
	if file == "" {
		return c.Send(ctx, id, body, w)
	}
	kind := mime.TypeByExtension(filepath.Ext(file))
	if kind == "" {
		return sent, usagef("--file %s: the name must end in .jpg, .png or .gif", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return sent, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return c.SendFile(ctx, id, kind, body.Text, body.Dialog, f, w)
}

func (a *app) sent(out httpapi.Sent, err error) error {
	if err != nil {
		return err
	}
	t := table{}
	t.add("dialog", out.Dialog)
	t.add("number", number(out.Sequence))
	return a.print(out, t)
}

func (a *app) conversationMark() *cobra.Command {
	var body httpapi.StatusRequest
	var key string
	c := &cobra.Command{
		Use: "mark CONVERSATION", Short: "Say that messages arrived, or were read", Args: cobra.ExactArgs(1),
		Example: `  starter conversation mark 5491244f-e462-4c63-bf4e-faf4b2d3e7b5 --status READ --number 2,3`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			return a.sent(client.Conversations(account).Mark(cmd.Context(), args[0], body, keyed(key)))
		},
	}
	c.Flags().StringVar(&body.Status, "status", "READ", "ACCEPT, READ, ACCESS, NACK or ACTION")
	c.Flags().IntSliceVar(&body.Sequences, "number", nil, "numbers of the messages")
	c.Flags().StringVar(&body.Dialog, "dialog", "", "the dialog (default: the one that is open)")
	messageKey(c, &key)
	needs(c, "number")
	return c
}

func (a *app) conversationClose() *cobra.Command {
	var body httpapi.CloseRequest
	var key string
	c := &cobra.Command{
		Use: "close CONVERSATION", Short: "Close a conversation", Args: cobra.ExactArgs(1),
		Long: "Close a conversation. --what dialog closes the main dialog, which begins the survey if there is one;\n--what all closes everything without a survey.",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			return a.sent(client.Conversations(account).Close(cmd.Context(), args[0], body, keyed(key)))
		},
	}
	c.Flags().StringVar(&body.What, "what", "conversation", "conversation, dialog or all")
	c.Flags().StringVar(&body.Dialog, "dialog", "", "of dialog: which (default: the one that is open)")
	messageKey(c, &key)
	return c
}
