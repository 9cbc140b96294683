using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Kindred.Import.Writing;

/// <summary>Rows as CSV by RFC 4180, with line feeds. A missing cell is empty, an empty text is <c>""</c>.</summary>
internal sealed class CsvRows : RowWriter
{
    private const byte Separator = (byte)'|';

    private static readonly SearchValues<byte> Quoted = SearchValues.Create(",\"\r\n"u8);

    private bool _isFirst = true;

    public static byte[] Header(IReadOnlyList<RowColumn> columns)
    {
        var rows = new CsvRows();
        foreach (var column in columns) rows.Text(column.Name);
        rows.EndRow();
        return rows.Written.ToArray();
    }

    public override void Missing() => Begin();

    public override void Text(ReadOnlySpan<byte> utf8)
    {
        Begin();
        if (MustBeQuoted(utf8)) Bytes.Write(Encode(utf8));
        else Bytes.Write(utf8);
    }

    public override void Text(ReadOnlySpan<char> text)
    {
        const int Short = 256;
        Span<byte> utf8 = text.Length <= Short ? stackalloc byte[3 * Short] : new byte[Encoding.UTF8.GetByteCount(text)];
        Text((ReadOnlySpan<byte>)utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    public override void Whole(long number)
    {
        Begin();
        Utf8Formatter.TryFormat(number, Bytes.GetSpan(20), out int length);
        Bytes.Advance(length);
    }

    public override void Number(float number)
    {
        Begin();
        Append(number);
    }

    public override void Number(double number)
    {
        Begin();
        Append(number);
    }

    public override void Time(long seconds)
    {
        Begin();
        DateTimeOffset.FromUnixTimeSeconds(seconds).TryFormat(
            Bytes.GetSpan(20), out int length, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Bytes.Advance(length);
    }

    public override void Texts(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0) Missing();
        else Text(string.Join((char)Separator, texts));
    }

    public override void Numbers(ReadOnlySpan<float> numbers)
    {
        Begin();
        for (int n = 0; n < numbers.Length; n++)
        {
            if (n > 0) Append(Separator);
            Append(numbers[n]);
        }
    }

    public override void EndRow()
    {
        Append((byte)'\n');
        _isFirst = true;
    }

    internal override byte[] Encode(ReadOnlySpan<byte> utf8) => MustBeQuoted(utf8)
        ? [(byte)'"', .. Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8).Replace("\"", "\"\"", StringComparison.Ordinal)), (byte)'"']
        : utf8.ToArray();

    internal override void Encoded(ReadOnlySpan<byte> cell)
    {
        Begin();
        Bytes.Write(cell);
    }

    private void Begin()
    {
        if (!_isFirst) Append((byte)',');
        _isFirst = false;
    }

    private void Append(byte character)
    {
        Bytes.GetSpan(1)[0] = character;
        Bytes.Advance(1);
    }

    private void Append<T>(T number) where T : IFloatingPointIeee754<T>, IUtf8SpanFormattable
    {
        if (!T.IsFinite(number)) return;
        number.TryFormat(Bytes.GetSpan(32), out int length, default, CultureInfo.InvariantCulture);
        Bytes.Advance(length);
    }

    private static bool MustBeQuoted(ReadOnlySpan<byte> utf8) => utf8.IsEmpty || utf8.ContainsAny(Quoted);
}
