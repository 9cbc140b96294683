using System.Text.Json;
using Kindred.Store;

namespace Kindred.Server.Ingestion;

/// <summary>Events as they are posted: every name must be known, every value must be of its type.</summary>
/// <param name="now">When they are received.</param>
internal sealed class EventReader(EventSettings settings, DateTimeOffset now)
{
    private static readonly string[] Names =
        ["id", "type", "userId", "sessionId", "itemId", "value", "time", "requestId", "position", "attributes"];

    private readonly DateTimeOffset _latest = now.AddSeconds(settings.ClockSkewSeconds);

    /// <summary>A <see cref="RecordReader.Read{T}"/>.</summary>
    public (NewEvent? Record, string? Reason) Read(ref Utf8JsonReader reader)
    {
        string? id = null, type = null, userId = null, sessionId = null, itemId = null, requestId = null, attributes = null, reason = null;
        double? value = null;
        DateTimeOffset? time = null;
        int? position = null;
        uint seen = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int field = KnownField(ref reader);
            if (field < 0)
            {
                reason ??= RecordReader.UnknownName(JsonField.Name(ref reader), Names);
                reader.Read();
                reader.Skip();
                continue;
            }
            if ((seen & (1u << field)) != 0) reason ??= "A name is given twice.";
            seen |= 1u << field;
            reader.Read();
            switch (field)
            {
                case 0: id = JsonField.Id(ref reader, "id", ref reason); break;
                case 1: type = JsonField.Text(ref reader, "type", ref reason); break;
                case 2: userId = JsonField.Id(ref reader, "userId", ref reason); break;
                case 3: sessionId = JsonField.Id(ref reader, "sessionId", ref reason); break;
                case 4: itemId = JsonField.Id(ref reader, "itemId", ref reason); break;
                case 5: value = JsonField.Number(ref reader, "value", ref reason); break;
                case 6: time = JsonField.Time(ref reader, "time", ref reason); break;
                case 7: requestId = JsonField.Text(ref reader, "requestId", ref reason); break;
                case 8: position = JsonField.Count(ref reader, "position", ref reason); break;
                case 9: attributes = JsonField.Object(ref reader, "attributes", ref reason); break;
                default: reader.Skip(); break; // what an export adds
            }
        }
        reason ??= type is null ? "type is missing." : itemId is null ? "itemId is missing."
            : userId is null && sessionId is null ? "userId is missing; an event of an anonymous visitor has a sessionId."
            : time > _latest ? TooLate(time.Value)
            : settings.Accepts(type) ? null
            : $"The type '{PlainText.Shorten(type)}' is not in the settings of events.";
        return reason is not null ? (null, reason) : (new(type!, itemId!)
        {
            Id = id,
            UserId = userId,
            SessionId = sessionId,
            Value = value,
            Time = time,
            RequestId = requestId,
            Position = position,
            Attributes = attributes,
        }, null);
    }

    private static int KnownField(ref Utf8JsonReader reader)
    {
        try
        {
            return FieldOf(ref reader);
        }
        catch (InvalidOperationException) // half of a pair of surrogates
        {
            return -1;
        }
    }

    private static int FieldOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("type"u8) ? 1
        : reader.ValueTextEquals("userId"u8) ? 2
        : reader.ValueTextEquals("itemId"u8) ? 4
        : reader.ValueTextEquals("time"u8) ? 6
        : reader.ValueTextEquals("id"u8) ? 0
        : reader.ValueTextEquals("sessionId"u8) ? 3
        : reader.ValueTextEquals("value"u8) ? 5
        : reader.ValueTextEquals("requestId"u8) ? 7
        : reader.ValueTextEquals("position"u8) ? 8
        : reader.ValueTextEquals("attributes"u8) ? 9
        : reader.ValueTextEquals("sequence"u8) ? 10
        : reader.ValueTextEquals("receivedAt"u8) ? 11
        : -1;

    private string TooLate(DateTimeOffset time) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"time is {(time - now).TotalSeconds:0} s in the future; at most {settings.ClockSkewSeconds} s are accepted (clockSkewSeconds).");
}
