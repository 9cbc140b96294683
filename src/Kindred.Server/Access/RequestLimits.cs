using Kindred.Store;

namespace Kindred.Server.Access;

/// <summary>
/// How often one key may ask, all servers of the store together: the setting <see cref="Name"/>. Requests without a key share one limit.
/// </summary>
internal sealed record RequestLimits
{
    public const string Name = "limits";

    /// <summary>Requests of one key; null: as many as it likes.</summary>
    public double? RequestsPerSecond { get; init; }

    /// <summary>Requests at once that a key which was silent may send; null: those of a second, at least one.</summary>
    public int? Burst { get; init; }

    public static RequestLimits None { get; } = new();

    /// <exception cref="InputException">It is no JSON object of these names, or a value is out of range.</exception>
    public static RequestLimits Parse(string json)
    {
        var limits = SettingJson.Read<RequestLimits>(Name, json);
        if (limits.RequestsPerSecond is not (null or (>= .01 and <= 1e6)))
            throw new InputException($"requestsPerSecond must be 0.01 to 1,000,000, was {limits.RequestsPerSecond}; leave it out " +
                "for no limit.");
        if (limits.Burst is not (null or (>= 1 and <= 1_000_000)))
            throw new InputException($"burst must be 1 to 1,000,000, was {limits.Burst}.");
        return limits;
    }

    public string ToJson() => SettingJson.Write(this);
}

/// <summary>How often one key may ask, now.</summary>
internal sealed class RequestLimitsInUse(IStore store, StoreChanges changes)
    : SettingInUse<RequestLimits>(store, changes, RequestLimits.Name, RequestLimits.None, RequestLimits.Parse);
