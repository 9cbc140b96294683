using System.Text;
using System.Text.Json;

namespace Kindred.Server.Ingestion;

/// <summary>A record that was not taken.</summary>
/// <param name="Index">Of the record in the request, from 0.</param>
internal sealed record Rejection(int Index, string Reason);

/// <summary>
/// Cuts a body into records: one JSON object, an array of objects, or one object a line. In an array or a single object a syntax error
/// refuses the body, as the rest cannot be understood; in lines it rejects the line alone, unless no line is JSON.
/// </summary>
internal static class RecordReader
{
    /// <summary>Reads one record; the reader stands on its first token, and afterwards on its last one.</summary>
    /// <returns>The record, or a reason why it is rejected.</returns>
    public delegate (T? Record, string? Reason) Read<T>(ref Utf8JsonReader reader) where T : class;

    private const string NotJson = "It is not JSON";

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 32 };

    /// <param name="most">Records of one request.</param>
    /// <exception cref="InputException">The body is empty, has too many records, or is not JSON.</exception>
    public static (List<T> Records, List<int> Indices, List<Rejection> Rejections) ReadAll<T>(
        ReadOnlySpan<byte> body, Read<T> read, int most) where T : class
    {
        if (body.StartsWith(Encoding.UTF8.Preamble)) body = body[Encoding.UTF8.Preamble.Length..];
        body = body.Trim(" \t\r\n"u8);
        if (body.IsEmpty) throw new InputException("The body is empty; send a JSON object, an array of objects, or one object a line.");
        var into = new Collected<T>(read, most);
        if (body[0] == '[') ReadArray(body, into);
        else ReadLines(body, into);
        return (into.Records, into.Indices, into.Rejections);
    }

    /// <summary>The reason against a record that has a name which is none.</summary>
    public static string UnknownName(string name, string[] known) =>
        $"The name '{PlainText.Shorten(name)}' is unknown{Spelling.Hint(name, known)}";

    /// <summary>Reads one line.</summary>
    public static (T? Record, string? Reason) ReadLine<T>(ReadOnlySpan<byte> line, Read<T> read) where T : class
    {
        try
        {
            var reader = new Utf8JsonReader(line, Strict);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) return (null, "It is not a JSON object.");
            var result = read(ref reader);
            return reader.Read() ? (null, "There is more than one JSON value in the line.") : result;
        }
        catch (JsonException e)
        {
            return (null, $"{NotJson}, at byte {e.BytePositionInLine + 1}.");
        }
    }

    /// <summary>Reads a body that is one object.</summary>
    /// <exception cref="InputException">It is not, or the object is rejected.</exception>
    public static T ReadOne<T>(ReadOnlySpan<byte> body, Read<T> read) where T : class
    {
        var (record, reason) = ReadLine(body, read);
        return record ?? throw new InputException($"The body cannot be used: {reason}");
    }

    private static void ReadArray<T>(ReadOnlySpan<byte> body, Collected<T> into) where T : class
    {
        var reader = new Utf8JsonReader(body, Strict);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    into.Add(into.Read(ref reader));
                    continue;
                }
                reader.Skip();
                into.Add((null, "It is not a JSON object."));
            }
            reader.Read(); // throws, if there is something after the array
        }
        catch (JsonException e)
        {
            throw new InputException($"The body is not JSON, at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}; nothing was " +
                "stored.", e);
        }
    }

    private static void ReadLines<T>(ReadOnlySpan<byte> body, Collected<T> into) where T : class
    {
        if (TryReadWhole(body, into)) return;
        foreach (var range in body.Split((byte)'\n'))
        {
            var line = body[range].Trim(" \t\r"u8);
            if (!line.IsEmpty) into.Add(ReadLine(line, into.Read));
        }
        if (into.Records.Count > 0 || into.Rejections.Exists(rejection => !rejection.Reason.StartsWith(NotJson, StringComparison.Ordinal)))
            return;
        throw new InputException($"No line of the body is JSON. The first: {into.Rejections[0].Reason} Send a JSON object, an array of " +
            "objects, or one object a line; `kindred import` reads CSV.");
    }

    /// <summary>One object may be written on several lines.</summary>
    private static bool TryReadWhole<T>(ReadOnlySpan<byte> body, Collected<T> into) where T : class
    {
        int end = body.IndexOf((byte)'\n');
        if (end < 0) return false;
        var reader = new Utf8JsonReader(body, Strict);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            var first = reader; // a copy
            reader.Skip();
            if (reader.BytesConsumed <= end || reader.Read()) return false;
            into.Add(into.Read(ref first));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private sealed class Collected<T>(Read<T> read, int most) where T : class
    {
        private int _count;

        public Read<T> Read { get; } = read;

        public List<T> Records { get; } = [];

        public List<int> Indices { get; } = [];

        public List<Rejection> Rejections { get; } = [];

        public void Add((T? Record, string? Reason) read)
        {
            if (_count == most) throw new InputException($"The body has more than {most:N0} records; send fewer at once. Nothing was " +
                "stored.");
            if (read.Record is { } record)
            {
                Records.Add(record);
                Indices.Add(_count);
            }
            else
            {
                Rejections.Add(new(_count, read.Reason ?? "It cannot be read."));
            }
            _count++;
        }
    }
}
