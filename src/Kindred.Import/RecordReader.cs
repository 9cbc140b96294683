using System.Text;
using System.Text.Unicode;

namespace Kindred.Import;

/// <summary>
/// Reads records that may be broken, byte by byte: line ends of both kinds, blank lines, quoted fields over several lines. A broken record
/// costs its first line, and reading continues with the next, so that one stray quote does not swallow the rest of the file.
/// </summary>
/// <param name="skip">Lines before the first record.</param>
internal sealed class RecordReader(Stream stream, Dialect dialect, int skip = 0) : IDisposable
{
    /// <summary>Records are shorter, or broken.</summary>
    public const int LongestRecord = 1 << 20;

    private const string TooLong = "the row is longer than 1 MiB";
    private const byte Lf = (byte)'\n', Cr = (byte)'\r';

    private readonly byte[] _delimiter = Encoding.UTF8.GetBytes(dialect.Delimiter);
    private readonly bool _isSpaced = dialect.Delimiter == " ";
    private readonly byte _quote = (byte)dialect.Quote, _escape = (byte)dialect.Escape; // 0: there is none
    private readonly List<(int First, int Length)> _fields = [];
    private readonly byte[] _text = new byte[LongestRecord]; // the fields, unquoted
    private readonly byte[] _buffer = new byte[4 * LongestRecord];
    private int _next, _end, _textLength;
    private bool _ended;
    private long _nextLine = 1;

    /// <summary>1-based line where the record begins.</summary>
    public long Line { get; private set; }

    /// <summary>Why the record is broken, or null.</summary>
    public string? Fault { get; private set; }

    public int FieldCount => _fields.Count;

    /// <summary>The bytes of the record's first line, or of the whole record where it is not broken.</summary>
    public ReadOnlyMemory<byte> Raw { get; private set; }

    public ReadOnlySpan<byte> Field(int field) => _text.AsSpan(_fields[field].First, _fields[field].Length);

    /// <summary>Goes to the next record that is not blank.</summary>
    /// <returns>False at the end.</returns>
    public bool Read()
    {
        while (true)
        {
            if (_end - _next < LongestRecord + 2 && !_ended) Fill();
            if (_next == _end) return false;
            var rest = _buffer.AsSpan(_next, _end - _next);
            if (_nextLine == 1 && rest.StartsWith("\uFEFF"u8)) { _next += 3; continue; }
            int lineLength = rest.IndexOf(Lf) is var lf && lf < 0 ? rest.Length : lf;
            bool isBlank = rest[..lineLength].TrimEnd(Cr).TrimStart(" \t"u8).IsEmpty;
            if (isBlank || _nextLine <= skip) { Advance(lineLength, 1); continue; }
            ReadRecord(rest, lineLength);
            return true;
        }
    }

    public void Dispose() => stream.Dispose();

    private void ReadRecord(Span<byte> rest, int lineLength)
    {
        Line = _nextLine;
        var (length, lines, fault) = lineLength > LongestRecord ? (0, 0, TooLong) : Parse(rest, lineLength);
        if (fault is not null) (length, lines) = (lineLength, 1);
        Raw = _buffer.AsMemory(_next, length);
        Fault = fault;
        if (fault is null && !Utf8.IsValid(Raw.Span))
        {
            if (dialect.Latin1) Transcode();
            else Fault = "the text is not valid UTF-8 (name its encoding, such as --encoding windows-1252)";
        }
        else if (fault is null && _text.AsSpan(0, _textLength).IndexOfAnyInRange((byte)0x1C, (byte)0x1F) >= 0)
            Fault = "the text holds a control character";
        Advance(length, lines);
    }

    /// <returns>Length up to the line end, lines, and what is wrong.</returns>
    private (int Length, int Lines, string? Fault) Parse(ReadOnlySpan<byte> rest, int lineLength)
    {
        _fields.Clear();
        _textLength = 0;
        int position = 0, lines = 1;
        while (_isSpaced && position < lineLength && rest[position] == ' ') position++;
        while (true)
        {
            int first = _textLength;
            if (_quote != 0 && position < rest.Length && rest[position] == _quote)
            {
                int after = Unquote(rest, position + 1, ref lines);
                if (after < 0) return (0, 0, "a quote is opened and not closed before the end of a field");
                position = after;
                if (lines > 1) lineLength = rest[position..].IndexOf(Lf) is var lf && lf < 0 ? rest.Length : position + lf;
                if (lineLength > LongestRecord) return (0, 0, TooLong);
            }
            else position = Copy(rest[..lineLength], position);
            _fields.Add((first, _textLength - first));
            if (position >= LengthWithoutCr(rest[..lineLength])) return (lineLength, lines, null);
            position += _delimiter.Length;
            // Columns that are aligned with spaces have several between them.
            while (_isSpaced && position < lineLength && rest[position] == ' ') position++;
        }
    }

    /// <summary>Copies a field that is not quoted.</summary>
    /// <returns>The position behind it.</returns>
    private int Copy(ReadOnlySpan<byte> line, int position)
    {
        int end = NextDelimiter(line, position), stop = end < 0 ? LengthWithoutCr(line) : end;
        if (_escape == 0)
        {
            var field = line[position..Math.Max(position, stop)];
            field.CopyTo(_text.AsSpan(_textLength));
            _textLength += field.Length;
            return end < 0 ? line.Length : end;
        }
        for (int n = position; n < stop; n++)
        {
            bool escaped = line[n] == _escape && n + 1 < line.Length && IsEscapable(line[(n + 1)..]);
            if (escaped && ++n == end)
            {
                end = NextDelimiter(line, n + 1);
                stop = end < 0 ? LengthWithoutCr(line) : end;
            }
            _text[_textLength++] = line[n];
        }
        return end < 0 ? line.Length : end;
    }

    /// <summary>Copies a quoted field, from behind its first quote.</summary>
    /// <returns>
    /// The position behind the closing quote, where a delimiter or the end of the line stands; negative if there is none.
    /// </returns>
    private int Unquote(ReadOnlySpan<byte> rest, int position, ref int lines)
    {
        int limit = Math.Min(rest.Length, LongestRecord);
        while (position < limit)
        {
            int mark = _escape == 0 ? rest[position..limit].IndexOf(_quote) : rest[position..limit].IndexOfAny(_quote, _escape);
            if (mark < 0) return -1;
            var part = rest.Slice(position, mark);
            part.CopyTo(_text.AsSpan(_textLength));
            _textLength += mark;
            lines += part.Count(Lf);
            position += mark + 1;
            var after = rest[position..];
            if (rest[position - 1] != _quote)
            {
                // An escape: of a quote or of itself; before anything else it is text.
                bool escapes = !after.IsEmpty && IsEscapable(after);
                _text[_textLength++] = escapes ? after[0] : _escape;
                if (escapes) position++;
                continue;
            }
            if (after.StartsWith(_quote)) { _text[_textLength++] = _quote; position++; continue; }
            bool closed = after.IsEmpty || after[0] == Lf || after.StartsWith("\r\n"u8) || (after[0] == Cr && after.Length == 1)
                || (_delimiter.Length > 0 && after.StartsWith(_delimiter));
            return closed ? position : -1;
        }
        return -1;
    }

    private bool IsEscapable(ReadOnlySpan<byte> text) =>
        text[0] == _escape || (_quote != 0 && text[0] == _quote) || (_delimiter.Length > 0 && text.StartsWith(_delimiter));

    private int NextDelimiter(ReadOnlySpan<byte> line, int position) =>
        _delimiter.Length > 0 && line[position..].IndexOf(_delimiter) is var at && at >= 0 ? position + at : -1;

    private static int LengthWithoutCr(ReadOnlySpan<byte> line) => line.EndsWith(Cr) ? line.Length - 1 : line.Length;

    private void Transcode()
    {
        var fields = new byte[_fields.Count][];
        for (int n = 0; n < fields.Length; n++) fields[n] = Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(Field(n)));
        if (fields.Sum(f => f.Length) > _text.Length) { Fault = TooLong; return; }
        _textLength = 0;
        for (int n = 0; n < fields.Length; n++)
        {
            fields[n].CopyTo(_text, _textLength);
            _fields[n] = (_textLength, fields[n].Length);
            _textLength += fields[n].Length;
        }
    }

    private void Advance(int length, int lines)
    {
        _next += length;
        _nextLine += lines;
        while (_next == _end && !_ended) // a line longer than the buffer: its rest belongs to it
        {
            Raw = Raw[..Math.Min(Raw.Length, 1 << 10)].ToArray();
            Fill();
            _next = _buffer.AsSpan(0, _end).IndexOf(Lf) is var lf && lf < 0 ? _end : lf;
        }
        if (_next < _end) _next++; // the LF
    }

    private void Fill()
    {
        _buffer.AsSpan(_next, _end - _next).CopyTo(_buffer);
        _end -= _next;
        _next = 0;
        int read = stream.ReadAtLeast(_buffer.AsSpan(_end), _buffer.Length - _end, throwOnEndOfStream: false);
        _ended = _end + read < _buffer.Length;
        _end += read;
    }
}
