namespace Kindred.Pipelines;

/// <summary>An item on its way through a pipeline.</summary>
/// <param name="Source">Name of the retriever that proposed it.</param>
public readonly record struct Candidate(int Item, float Score, string Source);

/// <summary>The list that one request carries through its stages. Mutable, and never shared between requests.</summary>
public sealed class Candidates
{
    private readonly List<Candidate> _list = [];

    public IReadOnlyList<Candidate> List => _list;

    public void Add(Candidate candidate) => _list.Add(candidate);

    public void RemoveWhere(Predicate<Candidate> match) => _list.RemoveAll(match);

    /// <summary>Best first; ties by ascending item, so that equal inputs give equal lists.</summary>
    public void Sort() => _list.Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Item.CompareTo(b.Item));

    public void Truncate(int count)
    {
        if (_list.Count > count) _list.RemoveRange(count, _list.Count - count);
    }
}
