using Kindred.Models;

namespace Kindred.Reranking.Rules;

/// <summary>What one request says to conditions.</summary>
/// <param name="User">Index, or −1.</param>
/// <param name="Context">Null: nothing is known.</param>
internal sealed record RequestContext(int User, QueryContext? Context)
{
    private static readonly long Earliest = DateTimeOffset.MinValue.ToUnixTimeSeconds(),
    Latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>UTC; null: unknown.</summary>
    public DateTimeOffset? Time { get; } =
        Context?.Time is { } time && time >= Earliest && time <= Latest ? DateTimeOffset.FromUnixTimeSeconds(time) : null;

    /// <returns>NaN where the request says nothing.</returns>
    public float Number(string name) => Context is not null && Context.Numbers.TryGetValue(name, out float number) ? number : float.NaN;

    /// <returns>Null where the request says nothing.</returns>
    public IReadOnlyList<string>? Labels(string name) =>
        Context is not null && Context.Labels.TryGetValue(name, out var labels) ? labels : null;
}
