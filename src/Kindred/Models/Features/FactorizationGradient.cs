using Kindred.Models.Sampling;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Models.Features;

/// <summary>
/// Learns a factorization machine by stochastic gradients: one step after another on one thread, rows made ahead on all of them.
/// </summary>
/// <remarks>
/// Rows that share a feature, such as an hour or a genre, share what they change, so that there are no blocks without conflicts to share
/// among threads: the steps stay serial, and their order is the same for any number of threads. Events are put in a random order once; an
/// epoch visits them in blocks of 256, the blocks in an order of its own, with negatives drawn anew by a generator forked from (epoch,
/// block).
/// </remarks>
internal sealed class FactorizationGradient : IFactorizationSolver
{
    private const int BlockEvents = 256, BlocksAhead = 64;

    // A user who has nearly all items has few negatives: a draw is given up after so many of their own.
    private const int Attempts = 16;

    private readonly FactorizationMachine _options;
    private readonly FactorizationData _data;
    private readonly FactorizationTable _table;
    private readonly NegativeSampler? _negatives;
    private readonly Rng _rng;
    private readonly FactorizationEvent[] _events; // in random order
    private readonly FactorizationBlock[][] _ahead = // what is learned from, what is made for afterwards
        [.. Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, BlocksAhead).Select(_ => new FactorizationBlock()).ToArray())];

    private readonly float[] _sum, _otherSum; // [d]

    public FactorizationGradient(FactorizationMachine options, FactorizationData data, FactorizationTable table, Rng rng)
    {
        (_options, _data, _table, _rng) = (options, data, table, rng);
        (_sum, _otherSum) = (new float[table.Dimensions], new float[table.Dimensions]);
        int[] order = [.. Enumerable.Range(0, data.UserOf.Length)];
        rng.Fork("order").Shuffle<int>(order);
        _events = [.. order.Select(e => data[e])];
        int[] touched = [.. Enumerable.Range(0, data.Popularity.Length).Where(item => data.Popularity[item] > 0)];
        if (options.Loss != FactorizationLoss.Squared && touched.Length > 0)
            _negatives = new(touched, data.Popularity, options.NegativeExponent);
    }

    public IReadOnlyList<FactorizationDraw> Machines => [new(_table, null)];

    public double Run(int epoch, TrainingContext context)
    {
        var rates = _options.RatesAt(epoch);
        int[] blocks = [.. Enumerable.Range(0, Blocks.Count(_events.Length, BlockEvents))];
        _rng.Fork("blocks", epoch).Shuffle<int>(blocks);
        double loss = 0;
        long rows = 0;
        MakeAhead(0);
        for (int first = 0, batch = 0; first < blocks.Length; first += BlocksAhead, batch++)
        {
            int next = batch + 1;
            var making = context.Workers > 1 ? Task.Run(() => MakeAhead(next)) : null;
            foreach (var block in _ahead[batch % 2].AsSpan(0, Math.Min(BlocksAhead, blocks.Length - first)))
            {
                loss += Learn(block, rates);
                rows += _options.Loss == FactorizationLoss.Bpr ? block.Count / 2 : block.Count;
            }
            if (making is null) MakeAhead(next);
            else making.GetAwaiter().GetResult();
        }
        return loss / Math.Max(1, rows);

        void MakeAhead(int batch)
        {
            int from = batch * BlocksAhead;
            Blocks.ForEach(Math.Clamp(blocks.Length - from, 0, BlocksAhead), 1, Math.Max(1, context.Workers - 1),
                (n, _) => Fill(_ahead[batch % 2][n], epoch, blocks[from + n]), context.Cancellation);
        }
    }

    private double Learn(FactorizationBlock block, in FactorizationRates rates) => _options.Loss == FactorizationLoss.Bpr
        ? LearnPairs(block, rates)
        : FactorizationSteps.Points(_table, block, _options.Loss == FactorizationLoss.Logistic, rates, _sum);

    // The two halves of a pair are stepped one after the other, with the score's slope from before both.
    private double LearnPairs(FactorizationBlock block, in FactorizationRates rates)
    {
        double loss = 0;
        for (int row = 0; row < block.Count; row += 2)
        {
            var (better, worse) = (block.Starts[row]..block.Starts[row + 1], block.Starts[row + 1]..block.Starts[row + 2]);
            float margin = FactorizationSteps.Score(_table, block.Columns[better], block.Values[better], _sum)
                - FactorizationSteps.Score(_table, block.Columns[worse], block.Values[worse], _otherSum);
            var (missing, ofPair) = Logistic.Of(margin);
            float slope = block.Weights[row] * missing;
            loss += block.Weights[row] * ofPair;
            FactorizationSteps.Step(_table, block.Columns[better], block.Values[better], _sum, -slope, rates);
            FactorizationSteps.Step(_table, block.Columns[worse], block.Values[worse], _otherSum, slope, rates);
        }
        return loss;
    }

    private void Fill(FactorizationBlock block, int epoch, int number)
    {
        block.Clear();
        var rng = _rng.Fork("block", epoch, number);
        foreach (ref readonly var e in _events.AsSpan(number * BlockEvents, Math.Min(BlockEvents, _events.Length - (number * BlockEvents))))
        {
            bool withUser = !Drops(rng), withItem = !Drops(rng);
            if (_options.Loss == FactorizationLoss.Bpr)
            {
                AddPairs(block, e, withUser, withItem, rng);
                continue;
            }
            _data.AddQuery(e, withUser, block);
            int positive = block.Count, query = block.Pending;
            _data.AddItem(e.Item, withItem, block);
            block.End(e.Target, e.Weight);
            for (int n = 0; _negatives is not null && n < _options.NegativeCount; n++)
            {
                if (!TryDraw(e, rng, out int other)) continue;
                block.AddFrom(positive, query);
                _data.AddItem(other, withItem, block);
                block.End(0, e.Weight);
            }
        }
    }

    private void AddPairs(FactorizationBlock block, in FactorizationEvent e, bool withUser, bool withItem, Rng rng)
    {
        int first = -1, query = 0;
        for (int n = 0; n < _options.NegativeCount; n++)
        {
            if (!TryDraw(e, rng, out int other)) continue;
            if (first < 0)
            {
                first = block.Count;
                _data.AddQuery(e, withUser, block);
                query = block.Pending;
            }
            else
            {
                block.AddFrom(first, query);
            }
            _data.AddItem(e.Item, withItem, block);
            block.End(1, e.Weight);
            block.AddFrom(first, query);
            _data.AddItem(other, withItem, block);
            block.End(0, e.Weight);
        }
    }

    private bool Drops(Rng rng) => _options.Dropout > 0 && rng.NextFloat() < _options.Dropout;

    private bool TryDraw(in FactorizationEvent e, Rng rng, out int item)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            item = _negatives!.Draw(rng);
            if (!_data.IsObserved(e, item)) return true;
        }
        item = -1;
        return false;
    }
}
