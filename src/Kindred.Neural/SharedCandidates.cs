using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>
/// Numbers in the order in which they came first, each once: the items that all askers of a shard are compared with, or the nodes of a
/// graph.
/// </summary>
internal sealed class SharedCandidates
{
    private readonly Dictionary<int, int> _places = [];
    private readonly List<int> _values = [];

    public IReadOnlyList<int> Values => _values;

    /// <returns>The place of a value, which it gets when it has none.</returns>
    public int PlaceOf(int value)
    {
        if (_places.TryAdd(value, _values.Count)) _values.Add(value);
        return _places[value];
    }

    /// <summary>
    /// What scores are shifted by, so that popular items are not punished for being drawn often: X. Yi et al., RecSys 2019, eq. 3.
    /// </summary>
    /// <param name="expected">q: how often an item is expected among the candidates.</param>
    /// <param name="askers">[askers], users.</param>
    /// <param name="answers">[askers], places of the items they touched.</param>
    /// <returns>[askers, candidates]: −ln q; −∞ for what the asker has besides their answer.</returns>
    public float[] Shifts(Func<int, double> expected, IReadOnlyList<int> askers, IReadOnlyList<long> answers, SparseMatrix observed)
    {
        float[] corrections = [.. _values.Select(item => (float)-Math.Log(expected(item)))];
        var shifts = new float[askers.Count * corrections.Length];
        for (int row = 0; row < askers.Count; row++)
        {
            var own = shifts.AsSpan(row * corrections.Length, corrections.Length);
            corrections.CopyTo(own);
            foreach (int item in observed.Row(askers[row]).Columns)
                if (_places.TryGetValue(item, out int place)) own[place] = float.NegativeInfinity;
            own[(int)answers[row]] = corrections[answers[row]];
        }
        return shifts;
    }
}
