using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Kindred.Import;

/// <summary>What one fast pass over the bytes of a text file tells.</summary>
/// <param name="Lines">Lines, the last one counted whether or not it is ended.</param>
/// <param name="HasQuotes">A <c>"</c> occurs anywhere.</param>
/// <param name="IsUtf8">All of it is valid UTF-8.</param>
/// <param name="IsEven">All lines end alike, in LF or in CR LF, and none is blank.</param>
/// <param name="HasControls">One of the four separators of ASCII occurs, 0x1C to 0x1F.</param>
/// <param name="HasNul">A zero byte occurs: not a text.</param>
/// <param name="IsAscii">No byte is above 0x7F.</param>
/// <param name="HasSpaces">White space occurs beside line ends.</param>
/// <param name="EndsInCr">Lines end in CR alone, as old Macs and Excel write them.</param>
/// <param name="HasEscapedQuotes">A backslash stands before a <c>"</c> or a <c>'</c>.</param>
/// <param name="Bytes">Length after decompression.</param>
internal sealed record TextScan(
    long Lines, bool HasQuotes, bool IsUtf8, bool IsEven, bool HasControls, bool HasNul, bool IsAscii, bool HasSpaces,
    bool EndsInCr, bool HasEscapedQuotes, long Bytes)
{
    private const int BufferBytes = 1 << 20;
    private const byte Lf = (byte)'\n', Cr = (byte)'\r', Quote = (byte)'"';

    private static readonly SearchValues<byte> Spaces = SearchValues.Create(" \t\v\f"u8);

    /// <summary>No field of it can have anything invisible around it.</summary>
    public bool IsTight => IsClean && IsAscii && !HasSpaces;

    /// <summary>The engine reads such a file as we would: nothing quoted, nothing broken, one row a line.</summary>
    public bool IsClean => IsUtf8 && IsEven && !HasControls && !HasQuotes;

    public static TextScan Of(Stream stream, CancellationToken cancellation)
    {
        var buffer = new byte[BufferBytes];
        long lfs = 0, crs = 0, crLfs = 0, bytes = 0;
        bool quotes = false, escaped = false, utf8 = true, blank = false, controls = false, nul = false, ascii = true,
            spaces = false;
        byte last = Lf; // as if a line had just ended: a blank first line is seen
        int carried = 0; // bytes of an unfinished character at the front of the buffer
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            int read = stream.ReadAtLeast(buffer.AsSpan(carried), 1, throwOnEndOfStream: false);
            if (read == 0) break;
            ReadOnlySpan<byte> fresh = buffer.AsSpan(carried, read), all = buffer.AsSpan(0, carried + read);
            bytes += read;
            lfs += fresh.Count(Lf);
            bool hasCr = fresh.Contains(Cr);
            if (hasCr) crs += fresh.Count(Cr);
            crLfs += (hasCr ? fresh.Count("\r\n"u8) : 0) + (last == Cr && fresh[0] == Lf ? 1 : 0);
            quotes = quotes || fresh.Contains(Quote);
            escaped = escaped
                || (fresh.Contains((byte)'\\') && (fresh.IndexOf("\\\""u8) >= 0 || fresh.IndexOf("\\'"u8) >= 0))
                || (last == (byte)'\\' && fresh[0] is Quote or (byte)'\'');
            controls = controls || fresh.IndexOfAnyInRange((byte)0x1C, (byte)0x1F) >= 0;
            bool isAscii = Ascii.IsValid(fresh);
            ascii = ascii && isAscii;
            spaces = spaces || fresh.ContainsAny(Spaces);
            nul = nul || fresh.Contains((byte)0);
            blank = blank || (last == Lf && fresh[0] is Lf or Cr) || fresh.IndexOf("\n\n"u8) >= 0
                || (hasCr && fresh.IndexOf("\n\r"u8) >= 0);
            last = fresh[^1];
            int unfinished = utf8 ? UnfinishedTail(all) : 0;
            utf8 = utf8 && ((isAscii && carried == 0) || Utf8.IsValid(all[..^unfinished]));
            all[^unfinished..].CopyTo(buffer);
            carried = unfinished;
        }
        bool even = !blank && (crs == 0 || (crs == lfs && crLfs == lfs));
        return new(
            lfs + (last == Lf ? 0 : 1), quotes, utf8 && carried == 0, even, controls, nul, ascii, spaces, crLfs == 0 && crs > lfs,
            escaped, bytes);
    }

    /// <returns>How many bytes at the end may be the beginning of a character.</returns>
    private static int UnfinishedTail(ReadOnlySpan<byte> bytes)
    {
        for (int length = 1; length <= Math.Min(3, bytes.Length); length++)
        {
            byte b = bytes[^length];
            if (b < 0x80) return 0;
            if (b < 0xC0) continue;
            int needed = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
            return needed > length ? length : 0;
        }
        return 0;
    }
}
