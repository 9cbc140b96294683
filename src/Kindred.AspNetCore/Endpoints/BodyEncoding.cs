using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace Kindred.AspNetCore.Endpoints;

/// <summary>A body that is compressed or encoded in a way that the endpoint does not read; the message is a sentence.</summary>
internal sealed class UnreadableEncodingException(string sentence) : Exception(sentence);

/// <summary>How a body is written, looked at before its JSON: what is compressed, or text of another encoding, is no bad JSON.</summary>
internal static class BodyEncoding
{
    /// <summary>Looks at what the request says. Whatever unpacks bodies takes the header away.</summary>
    /// <exception cref="UnreadableEncodingException">It is compressed.</exception>
    public static void Check(HttpRequest request)
    {
        string encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            throw new UnreadableEncodingException(
                $"The body is encoded (Content-Encoding: {PlainText.Shorten(encoding)}), which is not read here; send it as it is.");
    }

    /// <summary>Looks at how the body begins.</summary>
    /// <exception cref="UnreadableEncodingException">It is compressed, or in UTF-16.</exception>
    public static void CheckBeginning(ReadOnlySpan<byte> body)
    {
        if (body is [0x1F, 0x8B, ..])
            throw new UnreadableEncodingException("The body is compressed with gzip, but no Content-Encoding says so; send it as it is.");
        if (body is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw new UnreadableEncodingException("The body is in UTF-16; send JSON in UTF-8.");
    }

    /// <exception cref="UnreadableEncodingException">As <see cref="CheckBeginning"/>.</exception>
    /// <exception cref="InputException">A byte is not UTF-8.</exception>
    public static void CheckText(ReadOnlySpan<byte> body)
    {
        CheckBeginning(body);
        if (Utf8.IsValid(body)) return;
        int at = 0;
        while (Rune.DecodeFromUtf8(body[at..], out _, out int length) == System.Buffers.OperationStatus.Done) at += length;
        throw new InputException($"The body is not UTF-8: byte {at + 1}, 0x{body[at]:X2}, is no part of a character; send JSON in UTF-8.");
    }
}
