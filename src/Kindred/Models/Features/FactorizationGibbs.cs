using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Models.Features;

/// <summary>
/// Draws factorization machines of squared errors from their posterior by Gibbs sampling; the regularization is drawn too, so that
/// nothing has to be tuned.
/// S. Rendle, "Factorization Machines with libFM", TIST 2012, §3.3 (its "MCMC"); R. Salakhutdinov, A. Mnih, "Bayesian Probabilistic Matrix
/// Factorization using Markov Chain Monte Carlo", ICML 2008.
/// </summary>
/// <remarks>
///   target ~ N(score, 1/α),  the columns of a feature ~ N(0, 1/λ), a λ of its own for w and for each factor
///   α ~ Γ((1 + rows)/2, (1 + Σ error²)/2),  λ ~ Γ((1 + n)/2, (1 + Σ θ²)/2),  n the columns of the feature
///   each coordinate θ from its normal distribution with all others fixed: <see cref="CoordinateSteps"/>
/// The score is the mean of the machines that are kept: after a fifth of the sweeps, at even distances, the last one among them. Differs
/// from libFM: the mean of a prior is 0, not drawn, so that what has no column says nothing.
/// </remarks>
internal sealed class FactorizationGibbs : IFactorizationSolver, IFactorizationPriors
{
    private const int NoiseBlock = 4096;

    private readonly FactorizationMachine _options;
    private readonly FactorizationColumns _columns;
    private readonly FactorizationTable _table;
    private readonly Rng _rng;
    private readonly (int First, int End)[] _features; // the columns of each that has some
    private readonly int[] _featureOf; // [columns]
    private readonly int _user; // among the features; −1: the user is none
    private readonly double[] _precisions; // [features], λ of what is being drawn
    private readonly double[,] _factorPrecisions; // [features, d]
    private readonly double[] _weightPrecisions; // [features]
    private readonly float[] _noise; // [columns], standard normal
    private readonly List<FactorizationDraw> _kept = [];
    private Rng _sweep;
    private double _precision = 1; // α

    public FactorizationGibbs(
        FactorizationMachine options, FactorizationColumns columns, FeatureSpace space, FactorizationTable table, Rng rng)
    {
        (_options, _columns, _table, _rng, _sweep) = (options, columns, table, rng, rng);
        var fields = space.Fields.Where(field => field.Range.End > field.Range.First).ToList();
        _features = [.. fields.Select(field => field.Range)];
        _user = fields.FindIndex(field => field.Source == FeatureSource.User);
        _featureOf = new int[table.Columns];
        for (int n = 0; n < fields.Count; n++) _featureOf.AsSpan(_features[n].First.._features[n].End).Fill(n);
        (_precisions, _weightPrecisions) = (new double[fields.Count], new double[fields.Count]);
        _factorPrecisions = new double[fields.Count, table.Dimensions];
        _noise = new float[table.Columns];
    }

    public IReadOnlyList<FactorizationDraw> Machines => _kept.Count > 0 ? _kept : [Current()];

    /// <returns>The mean squared error of the machine that was drawn.</returns>
    public double Run(int epoch, TrainingContext context)
    {
        _sweep = _rng.Fork("sweep", epoch);
        _columns.Sweep(this, context);
        if (IsKept(epoch)) _kept.Add(Current().Copy());
        return _columns.SquaredErrors() / Math.Max(1, _columns.Rows);
    }

    public CoordinatePrior OfIntercept(double squaredErrors)
    {
        _precision = _sweep.NextGamma((1 + _columns.Rows) / 2.0) / ((1 + squaredErrors) / 2);
        return new(0, (float)(_sweep.NextNormal() / Math.Sqrt(_precision)));
    }

    public void BeginWeights(TrainingContext context)
    {
        Draw("weights", 0, _table.Weights(), context);
        _precisions.CopyTo(_weightPrecisions, 0);
    }

    public void BeginFactor(int factor, ReadOnlySpan<float> values, TrainingContext context)
    {
        Draw("factor", factor, values, context);
        for (int n = 0; n < _precisions.Length; n++) _factorPrecisions[n, factor] = _precisions[n];
    }

    public CoordinatePrior OfWeight(int column) => Of(column);

    public CoordinatePrior OfFactor(int column) => Of(column);

    private CoordinatePrior Of(int column) =>
        new((float)(_precisions[_featureOf[column]] / _precision), (float)(_noise[column] / Math.Sqrt(_precision)));

    // λ of each feature, and how far each column will be from its mean
    private void Draw(string name, int factor, ReadOnlySpan<float> values, TrainingContext context)
    {
        var rng = _sweep.Fork(name, factor);
        for (int n = 0; n < _features.Length; n++)
        {
            var own = values[_features[n].First.._features[n].End];
            double squares = 0;
            foreach (float value in own) squares += (double)value * value;
            _precisions[n] = rng.NextGamma((1 + own.Length) / 2.0) / ((1 + squares) / 2);
        }
        Blocks.ForEach(_noise.Length, NoiseBlock, context.Workers, (first, end) =>
        {
            var random = rng.Fork("columns", first);
            for (int column = first; column < end; column++) _noise[column] = (float)random.NextNormal();
        }, context.Cancellation);
    }

    private bool IsKept(int sweep)
    {
        int first = _options.Epochs / 5, apart = (_options.Epochs - first + _options.Draws - 1) / _options.Draws;
        return sweep > first && (_options.Epochs - sweep) % apart == 0;
    }

    private FactorizationDraw Current()
    {
        var penalties = new double[_table.Dimensions + 1];
        if (_user >= 0)
        {
            for (int f = 0; f < _table.Dimensions; f++) penalties[f] = _factorPrecisions[_user, f] / _precision;
            penalties[^1] = _weightPrecisions[_user] / _precision;
        }
        return new(_table, penalties);
    }
}
