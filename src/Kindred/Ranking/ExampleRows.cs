using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Ranking;

/// <summary>Collects the rows of questions, one group each. Mutable, one thread.</summary>
internal sealed class ExampleRows(Pipeline pipeline, FeatureSet features)
{
    private readonly List<float> _rows = [], _labels = [];
    private readonly List<int> _groups = [], _users = [];
    private Matrix _block = new(0, features.Names.Count);
    private int _missed;

    /// <summary>What the pipeline proposes, and which of it was taken.</summary>
    /// <param name="user">Who asks, though the query may hide it.</param>
    public void AddProposed(int user, in Query query, IReadOnlySet<int> taken, int most)
    {
        var asked = query;
        int found = pipeline.Run(query, most, candidates => Add(user, asked, candidates, taken));
        _missed += taken.Count - found;
    }

    /// <summary>
    /// What was shown, and which of it was taken; of what the pipeline does not propose among its <paramref name="most"/> best, sources say
    /// nothing.
    /// </summary>
    public void AddShown(in Query query, IReadOnlySet<int> shown, IReadOnlySet<int> taken, int most)
    {
        var asked = query;
        pipeline.Run(query, most, candidates =>
        {
            candidates.KeepWhere(place => shown.Contains(candidates.Items[place]));
            candidates.Include([.. shown]);
            return Add(asked.User, asked, candidates, taken);
        });
    }

    /// <param name="nothing">What to say when there are no rows.</param>
    /// <exception cref="InputException">There are none.</exception>
    public RankingExamples ToExamples(string nothing)
    {
        if (_groups.Count == 0) throw new InputException(nothing);
        return new(features.Names, new Matrix(_labels.Count, features.Names.Count, _rows.ToArray()), [.. _labels], [.. _groups], _missed)
        {
            Categorical = features.Categorical,
            Users = [.. _users],
        };
    }

    /// <returns>How many of the candidates were taken.</returns>
    private int Add(int user, in Query query, Candidates candidates, IReadOnlySet<int> taken)
    {
        int found = 0;
        foreach (int item in candidates.Items) if (taken.Contains(item)) found++;
        // a list without a hit, or of nothing else, has no order to learn
        if (found == 0 || found == candidates.Count) return found;
        if (_block.Rows < candidates.Count) _block = new(2 * candidates.Count, features.Names.Count);
        features.Write(query, candidates, _block);
        foreach (int item in candidates.Items) _labels.Add(taken.Contains(item) ? 1 : 0);
        _rows.AddRange(_block.Values.Span[..(candidates.Count * _block.Columns)]);
        _groups.Add(candidates.Count);
        _users.Add(user);
        return found;
    }
}
