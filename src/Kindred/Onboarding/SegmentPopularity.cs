using Kindred.Data;

namespace Kindred.Onboarding;

/// <summary>
/// What is popular among users who share a value of an attribute, such as a country: what a user gets when nothing else is known
/// of them. A segment with too few events gets what is popular among all.
/// </summary>
internal sealed class SegmentPopularity
{
    private readonly float[] _all;
    private readonly Dictionary<string, float[]> _bySegment = new(StringComparer.Ordinal);

    /// <param name="segments">[users] Null: nothing divides users.</param>
    /// <param name="fewestEvents">That a segment needs.</param>
    /// <remarks>Cost: a pass over the events; memory: items·segments.</remarks>
    public SegmentPopularity(Interactions data, LabelColumn? segments, int fewestEvents = 200)
    {
        _all = new float[data.Items.Count];
        var events = new int[segments?.Labels.Count ?? 0];
        for (int user = 0; user < data.Users.Count; user++)
        {
            int count = data.Histories.ItemsOf(user).Length;
            if (segments is not null) foreach (int label in segments[user]) events[label] += count;
        }
        for (int label = 0; label < events.Length; label++)
            if (events[label] >= fewestEvents) _bySegment.Add(segments!.Labels.Id(label), new float[data.Items.Count]);
        for (int user = 0; user < data.Users.Count; user++)
        {
            var items = data.Histories.ItemsOf(user).Span;
            Count(items, _all);
            if (segments is null) continue;
            foreach (int label in segments[user])
                if (_bySegment.TryGetValue(segments.Labels.Id(label), out float[]? counts)) Count(items, counts);
        }
    }

    /// <returns>[items] How often each was liked.</returns>
    public ReadOnlySpan<float> For(string? segment) =>
        segment is not null && _bySegment.TryGetValue(segment, out float[]? own) ? own : _all;

    /// <returns>Whether the segment has enough events of its own.</returns>
    public bool Has(string segment) => _bySegment.ContainsKey(segment);

    private static void Count(ReadOnlySpan<int> items, float[] counts)
    {
        foreach (int item in items) counts[item]++;
    }
}
