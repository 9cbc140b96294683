using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kindred.Import.Writing;

/// <summary>Rows as JSON, an object a line. A missing cell is null.</summary>
internal sealed class JsonRows : RowWriter
{
    private readonly byte[][] _names; // with what stands around them
    private int _column;

    public JsonRows(IReadOnlyList<RowColumn> columns) =>
        _names = [.. columns.Select((column, n) =>
            (byte[])[(byte)(n == 0 ? '{' : ','), .. Encode(Encoding.UTF8.GetBytes(column.Name)), (byte)':'])];

    private static JavaScriptEncoder Encoder => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    public override void Missing() => Encoded("null"u8);

    public override void Text(ReadOnlySpan<byte> utf8)
    {
        Begin();
        Append(utf8);
    }

    public override void Text(ReadOnlySpan<char> text)
    {
        Begin();
        Append(text);
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

    public override void Time(long seconds) =>
        Text(DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    public override void Texts(IReadOnlyList<string> texts)
    {
        Begin();
        for (int n = 0; n < texts.Count; n++)
        {
            Append((byte)(n == 0 ? '[' : ','));
            Append(texts[n]);
        }
        Bytes.Write(texts.Count == 0 ? "[]"u8 : "]"u8);
    }

    public override void Numbers(ReadOnlySpan<float> numbers)
    {
        Begin();
        for (int n = 0; n < numbers.Length; n++)
        {
            Append((byte)(n == 0 ? '[' : ','));
            Append(numbers[n]);
        }
        Bytes.Write(numbers.IsEmpty ? "[]"u8 : "]"u8);
    }

    public override void EndRow()
    {
        Bytes.Write("}\n"u8);
        _column = 0;
    }

    internal override byte[] Encode(ReadOnlySpan<byte> utf8) =>
        [(byte)'"', .. JsonEncodedText.Encode(utf8, Encoder).EncodedUtf8Bytes, (byte)'"'];

    internal override void Encoded(ReadOnlySpan<byte> cell)
    {
        Begin();
        Bytes.Write(cell);
    }

    private void Begin() => Bytes.Write(_names[_column++]);

    private void Append(ReadOnlySpan<char> text)
    {
        const int Short = 256;
        Span<byte> utf8 = text.Length <= Short ? stackalloc byte[3 * Short] : new byte[Encoding.UTF8.GetByteCount(text)];
        Append((ReadOnlySpan<byte>)utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    private void Append(ReadOnlySpan<byte> utf8)
    {
        if (Encoder.FindFirstCharacterToEncodeUtf8(utf8) >= 0)
        {
            Bytes.Write(Encode(utf8));
            return;
        }
        Append((byte)'"');
        Bytes.Write(utf8);
        Append((byte)'"');
    }

    private void Append(byte character)
    {
        Bytes.GetSpan(1)[0] = character;
        Bytes.Advance(1);
    }

    private void Append<T>(T number) where T : IFloatingPointIeee754<T>, IUtf8SpanFormattable
    {
        int length = 4;
        if (!T.IsFinite(number)) "null"u8.CopyTo(Bytes.GetSpan(length));
        else number.TryFormat(Bytes.GetSpan(32), out length, default, CultureInfo.InvariantCulture);
        Bytes.Advance(length);
    }
}
