using System.ComponentModel.DataAnnotations;
using Kindred;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Extension.Tests;

/// <summary>What comes next after the last item, as often as it did in training: a trainer that is no part of Kindred.</summary>
/// <remarks>score(j) = how often j followed the last item of the history + Smoothing · how often the last item followed j</remarks>
public sealed record MarkovChain : ITrainer
{
    /// <summary>How much a step counts in the other direction.</summary>
    [Range(0, 1)]
    public float Smoothing { get; init; } = 0.1f;

    public TrainerSummary Summary => new(
        "markov-chain", "what came next after the last item", "events in their order", "a pass over the events", Capabilities.Personal);

    public static SearchSpace Space { get; } = SearchSpace.Of<MarkovChain>(null, ("smoothing", "0..1"));

    public static TrainerEntry Entry { get; } = TrainerEntry.Of<MarkovChain>(Load, Space);

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        var steps = new List<(int From, int To, float Count)>();
        for (int user = 0; user < interactions.Users.Count; user++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var history = interactions.Histories.ItemsOf(user).Span;
            for (int n = 1; n < history.Length; n++)
            {
                steps.Add((history[n - 1], history[n], 1));
                if (Smoothing > 0) steps.Add((history[n], history[n - 1], Smoothing));
            }
        }
        int items = interactions.Items.Count;
        return new Model(interactions.Items, SparseMatrix.FromTriplets(items, items, [.. steps]));
    }

    private static Model Load(TensorFile file, Vocabulary items) => new(
        items, new(items.Count, items.Count, file.Array<int>("starts"), file.Array<int>("items"), file.Array<float>("counts")));

    /// <param name="next">[items, items]</param>
    private sealed class Model(Vocabulary items, SparseMatrix next) : IModel
    {
        public Vocabulary Items => items;

        public void Score(in Query query, Span<float> scores)
        {
            scores.Fill(float.NaN);
            if (query.History.IsEmpty) return;
            var row = next.Row(query.History.Span[^1]);
            for (int n = 0; n < row.Length; n++) scores[row.Columns[n]] = row.Values[n];
        }

        public void Save(TensorWriter writer)
        {
            writer.Add("starts", next.Starts);
            writer.Add("items", next.Indices);
            writer.Add("counts", next.Values);
        }
    }
}
