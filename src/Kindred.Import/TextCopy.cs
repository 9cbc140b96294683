using System.Text;
using System.Text.RegularExpressions;

namespace Kindred.Import;

/// <summary>Copies of texts in UTF-8 whose lines end in LF.</summary>
internal static partial class TextCopy
{
    static TextCopy() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <exception cref="InputException">There is no such encoding.</exception>
    public static Encoding EncodingOf(string name)
    {
        try
        {
            var encoding = CodePage().Match(name) is { Success: true } page
                ? Encoding.GetEncoding(int.Parse(page.Groups[1].Value))
                : Encoding.GetEncoding(name);
            return Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new InputException(
                $"--encoding {name} is not known; give windows-1252, iso-8859-1, utf-16, shift_jis, gb18030 or the like.");
        }
    }

    /// <summary>The encoding that a byte order mark tells, other than UTF-8's; null where there is none.</summary>
    public static string? MarkedEncoding(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]) ? "utf-32"
        : head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? "utf-16"
        : head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? "utf-16BE"
        : null;

    /// <exception cref="InputException">The text is not in this encoding.</exception>
    public static void Transcode(string path, Stream text, string encoding, string target)
    {
        var from = EncodingOf(encoding);
        using var reader = new StreamReader(text, from, detectEncodingFromByteOrderMarks: false, 1 << 16);
        using var writer = new StreamWriter(target, false, new UTF8Encoding(false), 1 << 16);
        var buffer = new char[1 << 16];
        try
        {
            bool first = true;
            for (int read; (read = reader.Read(buffer)) > 0; first = false)
            {
                int mark = first && buffer[0] == '\uFEFF' ? 1 : 0;
                writer.Write(buffer.AsSpan(mark, read - mark));
            }
        }
        catch (DecoderFallbackException)
        {
            throw new InputException(
            $"{path} is not {encoding} text; name another encoding with --encoding.");
        }
    }

    /// <summary>Every CR becomes an LF.</summary>
    public static void EndLinesInLf(Stream text, string target) => Replace(text, target, ((byte)'\r', (byte)'\n'));

    /// <summary>Whether ASCII's separators of fields are in the first line.</summary>
    public static bool HasUnitSeparators(Stream text)
    {
        using var reader = new StreamReader(text);
        return reader.ReadLine()?.Contains('\x1f') ?? false;
    }

    /// <summary>ASCII's separators of fields become \x01, those of records line ends.</summary>
    public static void ReplaceUnitSeparators(Stream text, string target) => Replace(text, target, (0x1F, 0x01), (0x1E, (byte)'\n'));

    private static void Replace(Stream text, string target, params (byte Old, byte New)[] bytes)
    {
        using var output = File.Create(target);
        var buffer = new byte[1 << 16];
        for (int read; (read = text.Read(buffer)) > 0;)
        {
            foreach (var (old, by) in bytes) buffer.AsSpan(0, read).Replace(old, by);
            output.Write(buffer, 0, read);
        }
    }

    [GeneratedRegex(@"^cp-?(\d+)$", RegexOptions.IgnoreCase)]
    private static partial Regex CodePage();
}
