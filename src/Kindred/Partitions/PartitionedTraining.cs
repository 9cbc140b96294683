using System.Diagnostics;
using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Models.Features;
using Kindred.Models.Neighbours;
using Kindred.Models.Sampling;
using Kindred.Models.Sgd;
using Kindred.Numerics;
using Kindred.Numerics.Dense;

namespace Kindred.Partitions;

/// <summary>Trains on <see cref="IPartitionedEvents"/>, partition by partition.</summary>
internal static class PartitionedTraining
{
    /// <summary>
    /// Trains in this process. On several machines the same trainer makes the same bytes, as all sums over partitions are in fixed point.
    /// </summary>
    /// <returns>A model without users: their histories are folded in.</returns>
    /// <exception cref="InputException">The trainer cannot learn from partitions, or they do not fit into memory.</exception>
    public static TrainedModel Train(ITrainer trainer, IPartitionedEvents data, TrainingContext context)
    {
        if (trainer is Popularity popularity) return Count(popularity, data, context);
        var clock = Stopwatch.StartNew();
        using var partitions = new Partitions(data);
        if (trainer is ItemKnn knn) return TrainedOf(knn, NeighboursOf(knn, data, partitions, context), data, clock.Elapsed, context);
        if (trainer is SgdTrainer sgd) return TrainedOf(Strata(sgd, data, partitions, context), data, clock.Elapsed, context);
        return TrainedOf(Items(trainer, data, partitions, context), data, clock.Elapsed, context);
    }

    /// <returns>With the options that follow from the data.</returns>
    public static ItemKnn OptionsOn(IPartitionedEvents data, ItemKnn options) => options.For(data.Events, data.Users);

    /// <returns>What options follow from that are not given. Reads one partition after the other.</returns>
    public static DataShape ShapeOf(IPartitionedEvents data)
    {
        var counts = new int[data.Items.Count];
        ForEach(data, part =>
        {
            foreach (int item in part.ByUser.Indices.Span) counts[item]++;
        });
        return DataShape.Of(data.Users, data.Events, counts);
    }

    /// <param name="rows">[items]: <see cref="SortKeys"/> of the neighbours, best first.</param>
    public static TrainedModel TrainedOf(
        ItemKnn options, ulong[][] rows, IPartitionedEvents data, TimeSpan time, TrainingContext context) =>
        new(ManifestOf(OptionsOn(data, options), data, time, context) with { FromData = DataDefaults.OpenOptionsOf(options) },
            new ItemKnnModel(data.Items, OptionsOn(data, options), SimilarityTable.From(rows.Length, item => rows[item]), default));

    /// <returns>The model of the items as they are now.</returns>
    public static TrainedModel TrainedOf(AlsItems items, IPartitionedEvents data, TimeSpan time, TrainingContext context) =>
        new(ManifestOf(items.Options, data, time, context) with { FromData = DataDefaults.OpenOptionsOf(items.Given) },
            ModelOf(items, data, context));

    /// <returns>The model of the items as they are now.</returns>
    public static TrainedModel TrainedOf(SgdWorker worker, IPartitionedEvents data, TimeSpan time, TrainingContext context)
    {
        var options = worker.Options;
        var y = worker.Items.Values.Copy();
        var map = FillUp(options.Features, y, options.HasUnitLength ? SgdModel.Normalized(y) : y, data, worker.Popularity, context);
        var nobody = PartitionedFolder.NobodyOf(data.Items).ByUser;
        var manifest = ManifestOf(options, data, time, context) with { FromData = DataDefaults.OpenOptionsOf(worker.Given) };
        return new(manifest, new SgdModel(data.Items, options, context.Seed, new(0, options.Dimensions),
            y, worker.Popularity, HistoryLookup.Of(nobody), map));
    }

    /// <summary>Counts users partition by partition: the fallback of a snapshot.</summary>
    public static TrainedModel Count(Popularity trainer, IPartitionedEvents data, TrainingContext context)
    {
        OptionCheck.Check(trainer);
        var clock = Stopwatch.StartNew();
        long newest = long.MinValue;
        var counts = new double[data.Items.Count];
        if (trainer.HalfLifeDays > 0) ForEach(data, part =>
        {
            if (part.Histories.Count == 0) return;
            ((IDemandingTrainer)trainer).CheckFor(part);
            newest = Math.Max(newest, part.Liked.Histories.Newest);
        });
        ForEach(data, part => trainer.Count(part, newest, counts, context.Cancellation));
        return new(ManifestOf(trainer, data, clock.Elapsed, context), Popularity.ModelOf(data.Items, counts));
    }

    /// <summary>Reads one partition after the other; memory holds one.</summary>
    public static void ForEach(IPartitionedEvents data, Action<Interactions> action)
    {
        for (int partition = 0; partition < data.Count; partition++)
        {
            using var part = data.Read(partition);
            action(part.Data);
        }
    }

    private static ulong[][] NeighboursOf(ItemKnn options, IPartitionedEvents data, Partitions partitions, TrainingContext context)
    {
        const int BlockItems = 16;
        var worker = new ItemKnnWorker(OptionsOn(data, options), data.Items.Count);
        for (int partition = 0; partition < data.Count; partition++) worker.Load(partition, partitions.Read(partition));
        for (int block = 0; block < worker.TotalsBlocks; block++) worker.FinishTotals(block, worker.SumTotals(block));
        worker.Begin();
        var rows = new ulong[data.Items.Count][];
        int done = 0;
        Blocks.ForEach(rows.Length, BlockItems, context.Workers, (first, end) =>
        {
            for (int item = first; item < end; item++) rows[item] = worker.Neighbours(item);
            context.ReportBlock(ref done, end - first, rows.Length, "item");
        }, context.Cancellation);
        return rows;
    }

    private static AlsItems Items(ITrainer trainer, IPartitionedEvents data, Partitions partitions, TrainingContext context)
    {
        var options = Supported(trainer);
        var worker = new AlsWorker(options, data.Items.Count, data.Users, context);
        for (int partition = 0; partition < data.Count; partition++) worker.Load(partition, partitions.Read(partition));
        var count = new CountStep(worker.Items);
        Run(worker, count);
        count.Apply();
        var users = worker.FirstUsers();
        for (int epoch = 1; epoch <= options.Epochs; epoch++)
        {
            worker.Items.Begin([.. users.OrderBy(u => u.Key).Select(u => u.Value)]);
            foreach (var step in worker.Items.Steps()) Run(worker, step);
            users = worker.SolveUsers();
            double loss = users.OrderBy(u => u.Key).Sum(u => u.Value.Loss) + worker.Items.Loss();
            context.Progress?.Report(new(epoch, options.Epochs, "epoch", loss));
        }
        return worker.Items;
    }

    private static SgdWorker Strata(SgdTrainer options, IPartitionedEvents data, Partitions partitions, TrainingContext context)
    {
        var worker = new SgdWorker(options, data, context);
        for (int partition = 0; partition < data.Count; partition++) worker.Load(partition, partitions.Read(partition));
        for (int block = 0; block < worker.CountBlocks; block++) worker.Count(block).CopyTo(worker.CountsOf(block));
        worker.Begin(worker.Partitions.Values.Select(partition => partition.Weights()));
        for (int epoch = 1; epoch <= options.Epochs; epoch++)
        {
            for (int stratum = 0; stratum < worker.Strata; stratum++) worker.Learn(epoch, stratum);
            double? loss = PartitionMean.Of(worker.Partitions.Values.Select(partition => partition.Losses));
            context.Progress?.Report(new(epoch, options.Epochs, "epoch", loss));
        }
        return worker;
    }

    /// <exception cref="InputException">The trainer cannot learn from partitions.</exception>
    public static void CheckSupported(ITrainer trainer)
    {
        if (trainer is ItemKnn knn) ItemKnnWorker.Check(knn);
        else if (trainer is SgdTrainer sgd) SgdWorker.Check(sgd);
        else if (trainer is not Popularity) Supported(trainer);
    }

    /// <exception cref="InputException">The trainer cannot learn from partitions.</exception>
    public static ImplicitAls Supported(ITrainer trainer) => trainer as ImplicitAls ?? throw new InputException(
        $"{trainer.Summary.Name} learns from all events at once and cannot be trained on partitions; implicit-als, bpr, warp, "
        + "logistic-mf, sampled-softmax, item-knn and popularity can. Import without --partitions to train it on one machine.");

    /// <summary>Writes a model without users.</summary>
    public static void Write(string path, TrainedModel trained) => ModelFolder.Write(path, trained.Manifest, new([]), trained.Model);

    private static ImplicitAlsModel ModelOf(AlsItems items, IPartitionedEvents data, TrainingContext context)
    {
        var options = items.Options;
        var y = items.Y.Copy();
        // what nobody could touch is no "no" of anyone
        var gram = Gram.Of(y, options.Unobserved, context.Workers, context.Cancellation);
        var map = FillUp(options.Features, y, y, data, items.Counts, context);
        return new(data.Items, options, new(0, options.Dimensions), y, gram, map);
    }

    /// <summary>Gives items without events factors by their attributes.</summary>
    /// <param name="y">[items, d]; the rows of items without events are written.</param>
    /// <param name="served">[items, d]: what the map is learned of.</param>
    /// <param name="counts">[items], users of each.</param>
    private static AttributeMap? FillUp(
        string features, Matrix y, Matrix served, IPartitionedEvents data, int[] counts, TrainingContext context)
    {
        var nobody = PartitionedFolder.NobodyOf(data.Items).With(itemAttributes: data.ItemCatalog);
        using var maps = AttributeRegression.For(features, nobody, counts, context);
        var map = maps?.Learn(served);
        map?.Fill(y, data.ItemCatalog, counts);
        return map;
    }

    private static ModelManifest ManifestOf(ITrainer trainer, IPartitionedEvents data, TimeSpan time, TrainingContext context) =>
        new(trainer.Summary.Name, TrainerOptions.Of(trainer), context.Seed, Math.Round(time.TotalSeconds, 3), data.Name,
            data.Fingerprint, (int)Math.Min(int.MaxValue, data.Users), data.Items.Count, (int)Math.Min(int.MaxValue, data.Events));

    private static void Run(AlsWorker worker, IItemStep step)
    {
        for (int block = 0; block < worker.BlocksOf(step); block++) worker.Finish(step, block, worker.Sum(step, block));
    }

    /// <summary>The partitions of a folder that are in memory.</summary>
    private sealed class Partitions(IPartitionedEvents folder) : IDisposable
    {
        private readonly List<Partition> _read = [];

        public Interactions Read(int partition)
        {
            _read.Add(folder.Read(partition));
            return _read[^1].Data;
        }

        public void Dispose() => _read.ForEach(partition => partition.Dispose());
    }
}
