using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Snapshots;
using Kindred.Storage;

namespace Kindred.Server.Live;

/// <summary>
/// What a snapshot's <see cref="Popularity"/> counted, and what happened since: each user counts once for an item, with their last event.
/// One thread at a time adds, any number read.
/// </summary>
/// <remarks>
/// The half-life counts from the newest event that was learned: later events weigh more than 1, which orders the items as weighing all of
/// them by their age now would. Memory: 8 bytes an item.
/// </remarks>
internal sealed class LivePopularity
{
    /// <summary>All counts are divided before they leave the range of numbers of 4 bytes.</summary>
    private const double MostHalfLives = 60;

    /// <summary>A count that has almost vanished is above that of what nobody touched.</summary>
    private const float Least = 1e-28f;

    /// <summary>Less than this part of what is taken off is what rounding left of it: the model's counts have 4 bytes.</summary>
    private const double Rest = 1e-5;

    private readonly double _halfLife; // s; 0: none
    private double[] _counts; // [items or more]
    private double _since; // UTC Unix seconds: an event of then weighs 1

    private LivePopularity(IModel model, double halfLifeDays, long newest)
    {
        (_halfLife, _since) = (halfLifeDays * 86_400, newest);
        var scores = new float[model.Items.Count];
        model.Score(new(-1, default), scores);
        _counts = Array.ConvertAll(scores, score => score > 0 ? score : 0.0); // NaN: nobody touched it
    }

    /// <returns>By the models of a snapshot that count users.</returns>
    public static IReadOnlyDictionary<IModel, LivePopularity> Of(Snapshot snapshot)
    {
        var found = new Dictionary<IModel, LivePopularity>(ReferenceEqualityComparer.Instance);
        void Add(IModel model, ITrainer trainer)
        {
            if (trainer is Popularity { HalfLifeDays: var days })
                found.TryAdd(model, new(model, days, days > 0 ? snapshot.Histories.Newest : 0));
        }
        foreach (var (manifest, model) in (ReadOnlySpan<(ModelManifest, IModel)>)
            [(snapshot.Manifest.Model, snapshot.Model), (snapshot.Manifest.Fallback, snapshot.Fallback)])
        {
            if (manifest.Trainer == ModelSpec.Popularity.Trainer.Summary.Name)
                Add(model, TrainerCatalog.Default.Create(manifest.Trainer, manifest.Options));
        }
        for (int n = 0; n < snapshot.Trained?.Models.Count; n++) Add(snapshot.Trained.Models[n], snapshot.Trained.Config.Trainers[n]);
        return found;
    }

    /// <returns>Days after which what the snapshot recommends to everyone alike counts half; 0: all counts the same.</returns>
    public static double HalfLifeOf(Snapshot snapshot) =>
        new[] { snapshot.Manifest.Fallback, snapshot.Manifest.Model }
            .Where(manifest => manifest.Trainer == ModelSpec.Popularity.Trainer.Summary.Name)
            .Select(manifest => TrainerCatalog.Default.Create(manifest.Trainer, manifest.Options)).OfType<Popularity>()
            .Select(popularity => popularity.HalfLifeDays).FirstOrDefault();

    /// <summary>Counts a user's event.</summary>
    /// <param name="item">By index; new items may be among them.</param>
    /// <param name="time">UTC Unix seconds.</param>
    /// <param name="before">Of the user's last event with the item that was counted; null: there was none. The smallest number: it has no
    /// time.</param>
    public void Add(int item, long time, long? before)
    {
        if (before is { } last && (_halfLife == 0 || last >= time)) return;
        if (item >= _counts.Length) Array.Resize(ref _counts, Math.Max(item + 1, 2 * _counts.Length));
        if (_halfLife > 0 && (time - _since) / _halfLife > MostHalfLives) Shift(time);
        _counts[item] = Math.Max(0, _counts[item] - (before is { } counted ? WeightOf(counted) : 0)) + WeightOf(time);
    }

    /// <summary>Takes off what <see cref="Add"/> or the training counted.</summary>
    /// <param name="time">Of the event that is counted, as there.</param>
    public void Remove(int item, long time)
    {
        if (item >= _counts.Length) return;
        double weight = WeightOf(time), left = _counts[item] - weight;
        _counts[item] = left > Rest * weight ? left : 0;
    }

    /// <summary>Takes off all that was counted of an item.</summary>
    public void Clear(int item)
    {
        if (item < _counts.Length) _counts[item] = 0;
    }

    /// <param name="scores">[items], overwritten: NaN where nobody touched a known item.</param>
    /// <param name="untouched">[new items] Scores of those that nobody touched.</param>
    public void Score(Span<float> scores, ReadOnlySpan<float> untouched)
    {
        double[] counts = _counts;
        int known = scores.Length - untouched.Length;
        for (int item = 0; item < scores.Length; item++)
        {
            double count = item < counts.Length ? counts[item] : 0;
            scores[item] = count > 0 ? Math.Max((float)count, Least) : item < known ? float.NaN : untouched[item - known];
        }
    }

    private double WeightOf(long time) => _halfLife == 0 ? 1 : double.Exp2((time - _since) / _halfLife);

    private void Shift(long time)
    {
        double factor = double.Exp2((_since - time) / _halfLife);
        _counts = Array.ConvertAll(_counts, count => count * factor);
        _since = time;
    }
}

/// <summary>A model that scores by how many touched an item, until now.</summary>
/// <param name="untouched">[new items] Scores of those that nobody touched, below any other.</param>
internal sealed class LivePopularityModel(Data.Vocabulary items, LivePopularity counts, float[] untouched) : IModel
{
    public Data.Vocabulary Items => items;

    public void Score(in Query query, Span<float> scores) => counts.Score(scores, untouched);

    public void Save(TensorWriter writer) => throw new NotSupportedException("What came after training is not kept.");
}
