using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kindred.Import.Writing;

/// <summary>Rows as JSON, an object a line. A missing cell is null.</summary>
#pragma warning disable CA1001 // the writer holds nothing but the buffer that the rows lie in
internal sealed class JsonRows : RowWriter
#pragma warning restore CA1001
{
    private readonly JsonEncodedText[] _names;
    private readonly Utf8JsonWriter _json;
    private int _column;

    public JsonRows(IReadOnlyList<RowColumn> columns)
    {
        _names = [.. columns.Select(column => JsonEncodedText.Encode(column.Name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];
        _json = new(Bytes, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public override void Missing() => _json.WriteNull(Begin());

    public override void Text(ReadOnlySpan<byte> utf8) => _json.WriteString(Begin(), utf8);

    public override void Text(ReadOnlySpan<char> text) => _json.WriteString(Begin(), text);

    public override void Whole(long number) => _json.WriteNumber(Begin(), number);

    public override void Number(float number)
    {
        if (float.IsFinite(number)) _json.WriteNumber(Begin(), number);
        else Missing();
    }

    public override void Number(double number)
    {
        if (double.IsFinite(number)) _json.WriteNumber(Begin(), number);
        else Missing();
    }

    public override void Time(long seconds) => _json.WriteString(
        Begin(), DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    public override void Texts(IReadOnlyList<string> texts)
    {
        _json.WriteStartArray(Begin());
        foreach (string text in texts) _json.WriteStringValue(text);
        _json.WriteEndArray();
    }

    public override void Numbers(ReadOnlySpan<float> numbers)
    {
        _json.WriteStartArray(Begin());
        foreach (float number in numbers)
        {
            if (float.IsFinite(number)) _json.WriteNumberValue(number);
            else _json.WriteNullValue();
        }
        _json.WriteEndArray();
    }

    public override void EndRow()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        Bytes.Write("\n"u8);
        _column = 0;
    }

    private JsonEncodedText Begin()
    {
        if (_column == 0) _json.WriteStartObject();
        return _names[_column++];
    }
}
