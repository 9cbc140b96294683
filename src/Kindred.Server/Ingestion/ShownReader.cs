using System.Text.Json;
using Kindred.Store.Exposures;

namespace Kindred.Server.Ingestion;

/// <summary>What clients say was seen, as it is posted.</summary>
/// <param name="now">When it is received.</param>
internal sealed class ShownReader(DateTimeOffset now)
{
    private const int MostPositions = 1_000;

    private static readonly string[] Names = ["requestId", "positions", "time"];

    /// <summary>A <see cref="RecordReader.Read{T}"/>.</summary>
    public (ShownMark? Record, string? Reason) Read(ref Utf8JsonReader reader)
    {
        string? requestId = null, reason = null;
        DateTimeOffset? time = null;
        List<int>? positions = null;
        var seen = new HashSet<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = JsonField.Name(ref reader);
            if (!seen.Add(name)) reason ??= "A name is given twice.";
            reader.Read();
            switch (name)
            {
                case "requestId": requestId = JsonField.Text(ref reader, name, ref reason); break;
                case "time": time = JsonField.Time(ref reader, name, ref reason); break;
                case "positions": positions = Positions(ref reader, ref reason); break;
                default:
                    reason ??= RecordReader.UnknownName(name, Names);
                    reader.Skip();
                    break;
            }
        }
        reason ??= requestId is null ? "requestId is missing: it is in the answer whose items were seen."
            : positions is null ? "positions is missing: a list of the places that were seen, from 0." : null;
        return reason is not null ? (null, reason) : (new(requestId!, time ?? now, positions!), null);
    }

    private static List<int>? Positions(ref Utf8JsonReader reader, ref string? reason)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return JsonField.Refuse<List<int>>(ref reader, "positions must be a list of whole numbers from 0", ref reason);
        var positions = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            if (JsonField.Count(ref reader, "a position", ref reason) is { } position) positions.Add(position);
        if (positions.Count > MostPositions) reason ??= $"positions has more than {MostPositions} numbers.";
        return positions;
    }
}
