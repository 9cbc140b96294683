using Kindred.Models.Sampling;
using Kindred.Numerics;

namespace Kindred.Models.Sgd;

/// <summary>
/// Places an item that was not trained on among those of a model, from the users who touched it; the users stay as they are.
/// </summary>
/// <remarks>
/// What else its users touched is not kept with a model. In its place each user has a bar: the score that one item in 16 reaches with them.
/// An item stands above the bars of its users and below those of others, whichever loss the model was trained by:
///   minimize  Σ its users weight·−ln σ((x·y − bar)/T) + Σ others drawn: −ln σ((bar − x·y)/T) + λ/2·|y|² a step
/// by the trainer's own steps, from zero, for as many epochs as it was trained, in an order that is forked from the seed and the users.
/// Others are drawn uniformly, as often in an epoch whoever touched the item, as an unpopular item is no rarer negative than a popular one:
/// three times the mean popularity, between the two that put items as high as training on Last.fm and ml-100k
/// (docs/models/bpr-and-warp.md). Cost: epochs · (users + 3 · mean popularity) steps, and 256 inner products for each user. Memory: rows of
/// 2,048 users.
/// </remarks>
internal sealed class ItemFoldIn
{
    private const int SampledItems = 256, ItemsAboveBar = SampledItems / 16, MostOthers = 2048;
    private const double OthersRatio = 3;

    private readonly SgdTrainer _options;
    private readonly Matrix _x, _y;
    private readonly Rng _rng;
    private readonly int[] _sample; // items, of whose scores a user's bar is one
    private readonly UserSample _others;
    private readonly int _draws;

    /// <param name="x">[users, d]; zero: had no events.</param>
    /// <param name="y">[items, d], as served.</param>
    /// <param name="popularity">[items], users of each; at least one is above 0.</param>
    public ItemFoldIn(SgdTrainer options, Matrix x, Matrix y, ReadOnlySpan<int> popularity, Rng rng)
    {
        (_options, _x, _y, _rng) = (options, x, y, rng);
        List<int> touched = [];
        long pairs = 0;
        for (int item = 0; item < popularity.Length; item++)
        {
            if (popularity[item] > 0) touched.Add(item);
            pairs += popularity[item];
        }
        _draws = (int)Math.Ceiling(OthersRatio * pairs / touched.Count);
        var random = rng.Fork("items of bars");
        _sample = [.. Enumerable.Range(0, SampledItems).Select(_ => touched[random.NextInt(touched.Count)])];
        int[] users = [.. Enumerable.Range(0, x.Rows).Where(HadEvents)];
        rng.Fork("others").Shuffle<int>(users);
        _others = Sample(users[..Math.Min(MostOthers, users.Length)]);
    }

    /// <summary>Some users, their rows as served, and their bars.</summary>
    private sealed record UserSample(int[] Users, Matrix Rows, float[] Bars)
    {
        public UserSample And(UserSample other)
        {
            var rows = new Matrix(Rows.Rows + other.Rows.Rows, Rows.Columns);
            Rows.Values.CopyTo(rows.Values);
            other.Rows.Values.CopyTo(rows.Values[Rows.Values.Length..]);
            return new([.. Users, .. other.Users], rows, [.. Bars, .. other.Bars]);
        }
    }

    /// <param name="touchedBy">[1, users]</param>
    /// <returns>False when none of the users had events.</returns>
    public bool TryEmbed(SparseRow touchedBy, Span<float> embedding)
    {
        List<int> users = [];
        List<float> weights = [];
        for (int n = 0; n < touchedBy.Length; n++)
        {
            if (!HadEvents(touchedBy.Columns[n])) continue;
            users.Add(touchedBy.Columns[n]);
            weights.Add(touchedBy.Values[n]);
        }
        if (users.Count == 0) return false;
        Learn(Sample([.. users]), TrainingPairs.Relative([.. weights]), _rng.Fork("order", HistoryLookup.HashOf(touchedBy)), embedding);
        return true;
    }

    private void Learn(UserSample own, float[] weights, Rng random, Span<float> embedding)
    {
        var item = new Matrix(1, _x.Columns);
        var all = own.And(_others);
        // the item is where a user is in training: it moves, and the rows beside it do not
        var rows = new FactorTable(item, all.Rows, _options, BiasColumns.None, itemsMove: false);
        int[] order = [.. Enumerable.Range(0, weights.Length + _draws)];
        for (int epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            rows.Rate = _options.RateAt(epoch);
            random.Shuffle<int>(order);
            foreach (int n in order)
            {
                bool isOwn = n < weights.Length;
                int at = isOwn ? n : weights.Length + random.NextInt(_others.Users.Length);
                if (!isOwn && own.Users.AsSpan().BinarySearch(all.Users[at]) >= 0) continue;
                if (_options.Biases.User >= 0) item.Row(0)[_options.Biases.User] = 1;
                int sign = isOwn ? 1 : -1;
                float slope = Logistic.Of(sign * (rows.Score(0, at) - all.Bars[at]) / _options.ScoreUnit).Slope;
                rows.StepPoint(0, at, sign * slope / _options.ScoreUnit * (isOwn ? weights[n] : 1));
            }
        }
        item.Row(0).CopyTo(embedding);
        if (_options.Biases.User >= 0) embedding[_options.Biases.User] = 1;
    }

    private bool HadEvents(int user) => _x.Row(user).ContainsAnyExcept(0);

    private UserSample Sample(int[] users)
    {
        var rows = new Matrix(users.Length, _x.Columns);
        var bars = new float[users.Length];
        Span<float> scores = stackalloc float[SampledItems];
        for (int n = 0; n < users.Length; n++)
        {
            _x.Row(users[n]).CopyTo(rows.Row(n));
            if (_options.HasUnitLength) SgdModel.Normalize(rows.Row(n));
            for (int s = 0; s < scores.Length; s++) scores[s] = Kernels.Dot(rows.Row(n), _y.Row(_sample[s]));
            scores.Sort();
            bars[n] = scores[^ItemsAboveBar];
        }
        return new(users, rows, bars);
    }
}
