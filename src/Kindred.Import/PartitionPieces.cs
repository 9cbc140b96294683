using Kindred.Data;

namespace Kindred.Import;

/// <summary>The events of one partition, from several files.</summary>
internal sealed class PartitionPieces(ValueKind kind)
{
    private readonly List<string> _users = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<(int User, int Piece, int Item, long Time, float Weight)> _events = [];
    private bool _hasTimes = true;
    private int _pieces;

    /// <param name="codes">The piece's items → items of all files.</param>
    public void Add(Interactions piece, int[] codes)
    {
        var histories = piece.Histories;
        if (histories.Count > 0) _hasTimes &= histories.HasTimes;
        for (int user = 0; user < piece.Users.Count; user++)
        {
            string id = piece.Users.Id(user);
            if (!_places.TryGetValue(id, out int place))
            {
                _places.Add(id, place = _users.Count);
                _users.Add(id);
            }
            ReadOnlySpan<int> items = histories.ItemsOf(user).Span;
            var times = histories.TimesOf(user).Span;
            var weights = histories.WeightsOf(user).Span;
            for (int n = 0; n < items.Length; n++)
                _events.Add((place, _pieces, codes[items[n]], times.IsEmpty ? 0 : times[n], weights[n]));
        }
        _pieces++;
    }

    /// <summary>
    /// Orders each user's events. As within a file, a later rating of the same item replaces the earlier one, and an event that is in
    /// several files, at the same second, counts once, its weights added up.
    /// </summary>
    /// <param name="merged">How many events were folded into others.</param>
    public Interactions Join(Vocabulary items, out long merged)
    {
        int before = _events.Count;
        // a stable order: of equal times, as they came
        var ordered = _events.OrderBy(e => e.User).ThenBy(e => _hasTimes ? e.Time : 0).ToList();
        var kept = _pieces == 1 ? ordered : kind == ValueKind.Ratings ? LastRatings(ordered) : WithoutRepeats(ordered);
        merged = before - kept.Count;
        var starts = new int[_users.Count + 1];
        foreach (var e in kept) starts[e.User + 1]++;
        for (int user = 0; user < _users.Count; user++) starts[user + 1] += starts[user];
        return new(new Vocabulary(_users), items, new Histories(
            starts, kept.Select(e => e.Item).ToArray(), _hasTimes ? kept.Select(e => e.Time).ToArray() : [],
            kept.Select(e => e.Weight).ToArray()));
    }

    private static List<(int User, int Piece, int Item, long Time, float Weight)> LastRatings(
        List<(int User, int Piece, int Item, long Time, float Weight)> events)
    {
        var seen = new HashSet<(int, int)>();
        events.Reverse();
        var kept = events.FindAll(e => seen.Add((e.User, e.Item)));
        kept.Reverse();
        return kept;
    }

    private List<(int User, int Piece, int Item, long Time, float Weight)> WithoutRepeats(
        List<(int User, int Piece, int Item, long Time, float Weight)> events)
    {
        var first = new Dictionary<(int, int, long), int>();
        var kept = new List<(int User, int Piece, int Item, long Time, float Weight)>(events.Count);
        foreach (var e in events)
        {
            var key = (e.User, e.Item, _hasTimes ? e.Time : 0);
            if (!first.TryGetValue(key, out int at) || kept[at].Piece == e.Piece)
            {
                first[key] = kept.Count;
                kept.Add(e);
            }
            else if (kind == ValueKind.Weights) kept[at] = kept[at] with { Weight = Math.Min(float.MaxValue, kept[at].Weight + e.Weight) };
        }
        return kept;
    }
}
