using System.Globalization;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Comparison;

/// <summary>Every model of a catalogue that ranks items, that the data can train, and that memory and patience are enough for.</summary>
/// <remarks>
/// What is too much is a count of operations, so that the same data have the same candidates on every machine; memory is that of the
/// machine.
/// </remarks>
internal static class SuitableModels
{
    /// <summary>Multiplications that one model may take: a few minutes of two cores.</summary>
    private const double MostOperations = 2e12;

    /// <summary>What <c>kindred-neural</c> trains, for half an hour and more.</summary>
    private static readonly string[] Neural = ["sasrec", "bert4rec", "gru4rec", "two-tower", "pinsage"];

    /// <summary>The short list and all others, the cheapest first.</summary>
    /// <param name="data">What the models will be trained on.</param>
    public static Shortlist For(Interactions data, DataProfile profile, TrainerCatalog trainers)
    {
        var shortlist = Shortlist.For(profile);
        var (entries, leftOut) = (new List<ModelSpec>(shortlist.Entries), new List<string>(shortlist.LeftOut));
        bool isPaired = profile.Suitability.First(s => s.Use == "item-knn").Fit != Adequacy.No;
        string[] ratingModels = [.. trainers.Entries.Values.Select(entry => entry.Summary)
            .Where(summary => summary.Capabilities.HasFlag(Capabilities.PredictsValues)).Select(summary => summary.Name)];
        var cost = new Costs(data);
        foreach (var (name, entry) in trainers.Entries)
        {
            if (entries.Any(known => known.TrainerName == name) || ratingModels.Contains(name)) continue;
            if (leftOut.Any(reason => reason.StartsWith($"{name}: ", StringComparison.Ordinal))) continue;
            var spec = ModelSpec.For(trainers.Create(name)) with { Why = $"It is {entry.Summary.Description}." };
            string? reason = isPaired ? ReasonAgainst(spec, data, cost) : "No user has two items; more events per user are needed.";
            if (reason is null) entries.Add(spec);
            else leftOut.Add($"{name}: {reason}");
        }
        if (ratingModels.Length > 0)
        {
            leftOut.Add($"{string.Join(", ", ratingModels)}: They predict ratings and do not rank; compare them with kindred evaluate "
                + "--metric rmse.");
        }
        return new([.. entries.OrderBy(spec => cost.Of(spec.Trainer))], leftOut);
    }

    /// <returns>Null: it is worth trying.</returns>
    private static string? ReasonAgainst(ModelSpec spec, Interactions data, Costs cost)
    {
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        try
        {
            spec.CheckFor(data);
            if (spec.Trainer is Ease or MaRec) Ease.CheckMemory(data.Items.Count, keepsAll: false, memory);
        }
        catch (InputException e)
        {
            return e.Message;
        }
        if (spec.Trainer is Slim && cost.LargestGram > memory)
            return "The pairs of items that share a user may not fit the memory; leave out the users with the most items.";
        bool isNeural = Neural.Contains(spec.TrainerName);
        double operations = cost.Of(spec.Trainer);
        if (operations <= MostOperations && !isNeural) return null;
        string why = isNeural ? "Neural models train for long"
            : $"It takes about {operations.ToString("0.#e+0", CultureInfo.InvariantCulture)} multiplications";
        return $"{why}; compare it with kindred evaluate --model {spec.TrainerName}.";
    }

    /// <summary>Of training on some data and, where that is more, of answering all its users.</summary>
    private sealed class Costs(Interactions data)
    {
        private readonly DataShape _size = DataShape.Of(data);
        private readonly double _items = data.Items.Count, _events = data.ByUser.Count, _itemPairs = SquaresOf(data.ByUser),
            _userPairs = SquaresOf(data.ByItem);

        /// <summary>Bytes of the pairs of items that share a user, at most.</summary>
        public double LargestGram => 8 * Math.Min(_itemPairs, _items * _items);

        /// <returns>Multiplications; 0: a pass over the events or little more.</returns>
        public double Of(ITrainer trainer) => trainer.For(_size) switch
        {
            ItemKnn => _itemPairs,
            UserKnn => _userPairs,
            Slim slim => _itemPairs + (_items * slim.Candidates * slim.Candidates),
            Ease => Math.Pow(_items, 3),
            MaRec => 2 * Math.Pow(_items, 3),
            ImplicitAls als => als.Epochs * 2 * _events * als.Dimensions * als.Dimensions,
            GraphFilter filter => (20 * _events * filter.Dimensions) + _userPairs,
            LightGcn graph => graph.Epochs * _events * graph.Dimensions
                * ((_events / graph.BatchSize * 4 * graph.LayerCount) + (3 * graph.NegativeCount)),
            SampledSoftmax steps => steps.Epochs * _events * steps.Dimensions * 3 * steps.NegativeCount,
            SgdTrainer steps => steps.Epochs * _events * steps.Dimensions * 10,
            FactorizationMachine machine => machine.Epochs * _events * machine.Dimensions * 100,
            _ => 0,
        };

        // Σ over rows of entries²
        private static double SquaresOf(SparseMatrix matrix)
        {
            double sum = 0;
            for (int row = 0; row < matrix.Rows; row++) sum += Math.Pow(matrix.Row(row).Length, 2);
            return sum;
        }
    }
}
