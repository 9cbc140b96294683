using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>
/// P(1 | s) = 1 / (1 + exp(a·s + b)), the logistic function that fits best. J. Platt, "Probabilistic Outputs for Support Vector Machines",
/// Advances in Large Margin Classifiers 1999, by the Newton steps of H.-T. Lin, C.-J. Lin, R. Weng, "A Note on Platt's Probabilistic
/// Outputs for Support Vector Machines", Machine Learning 2007, Algorithm 1.
/// </summary>
/// <remarks>
///   minimize over a, b  Σ −t·ln p − (1 − t)·ln(1 − p), where a positive's t is (positives + 1)/(positives + 2), a negative's 1/(negatives
/// + 2) so that no probability is driven to 0 or 1 by few labels. Where scores run against the labels, a is set to 0: no probability falls
/// with the score. Unlike the paper, scores are first brought to mean 0 and variance 1, which changes nothing but the number of steps.
/// </remarks>
internal sealed class PlattCalibration : ICalibration
{
    internal const string Array = "platt";

    private const int MaxSteps = 100;

    private const double Enough = 1e-10, Ridge = 1e-12, ShortestStep = 1e-10;

    private PlattCalibration(double slope, double intercept) => (Slope, Intercept) = (slope, intercept);

    /// <summary>a ≤ 0</summary>
    public double Slope { get; }

    /// <summary>b</summary>
    public double Intercept { get; }

    /// <exception cref="InputException">Scores and labels do not fit each other, are none, or are no numbers.</exception>
    public static PlattCalibration Fit(ReadOnlySpan<double> scores, ReadOnlySpan<bool> labels)
    {
        Calibration.Check(scores, labels);
        double mean = 0, square = 0;
        foreach (double score in scores) mean += score / scores.Length;
        foreach (double score in scores) square += (score - mean) * (score - mean) / scores.Length;
        double deviation = square > 0 ? Math.Sqrt(square) : 1;
        var (x, targets) = (new double[scores.Length], new double[scores.Length]);
        int positives = labels.Count(true), negatives = labels.Length - positives;
        for (int n = 0; n < x.Length; n++)
        {
            x[n] = (scores[n] - mean) / deviation;
            targets[n] = labels[n] ? (positives + 1.0) / (positives + 2) : 1 / (negatives + 2.0);
        }
        var (a, b) = Minimize(x, targets, Math.Log((negatives + 1.0) / (positives + 1)));
        if (a > 0) (a, b) = (0, Level(targets));
        return new(a / deviation, b - (a * mean / deviation));
    }

    /// <exception cref="InputException">There is none, or it falls.</exception>
    public static PlattCalibration Load(TensorFile file) =>
        file.Array<double>(Array).Span is [<= 0 and var slope, var intercept] && double.IsFinite(slope) && double.IsFinite(intercept)
            ? new(slope, intercept)
            : throw new InputException($"The calibration in {file.Path} is damaged: it does not rise; write it again.");

    public double ProbabilityOf(double score) => 1 / (1 + Math.Exp((Slope * score) + Intercept));

    public void Save(TensorWriter writer) => writer.Add<double>(Array, new[] { Slope, Intercept });

    /// <returns>b where a is 0: the mean target's.</returns>
    private static double Level(double[] targets)
    {
        double mean = targets.Average();
        return Math.Log((1 - mean) / mean);
    }

    private static (double A, double B) Minimize(double[] x, double[] targets, double b)
    {
        double a = 0, loss = Loss(x, targets, a, b);
        for (int step = 0; step < MaxSteps; step++)
        {
            double aa = Ridge, ab = 0, bb = Ridge, ga = 0, gb = 0; // second and first derivatives
            for (int n = 0; n < x.Length; n++)
            {
                double p = 1 / (1 + Math.Exp((a * x[n]) + b)), curve = p * (1 - p), slope = targets[n] - p;
                aa += x[n] * x[n] * curve;
                ab += x[n] * curve;
                bb += curve;
                ga += x[n] * slope;
                gb += slope;
            }
            if (Math.Max(Math.Abs(ga), Math.Abs(gb)) < Enough * x.Length) break;
            double determinant = (aa * bb) - (ab * ab);
            double da = -((bb * ga) - (ab * gb)) / determinant, db = -((aa * gb) - (ab * ga)) / determinant;
            double length = 1, shorter = Loss(x, targets, a + da, b + db);
            while (shorter >= loss + (1e-4 * length * ((ga * da) + (gb * db))) && length > ShortestStep)
            {
                length /= 2;
                shorter = Loss(x, targets, a + (length * da), b + (length * db));
            }
            if (length <= ShortestStep) break; // rounding is all that is left
            (a, b, loss) = (a + (length * da), b + (length * db), shorter);
        }
        return (a, b);
    }

    /// <returns>Σ t·z + ln(1 + exp(−z)), z = a·x + b, in the form that does not overflow.</returns>
    private static double Loss(double[] x, double[] targets, double a, double b)
    {
        double loss = 0;
        for (int n = 0; n < x.Length; n++)
        {
            double z = (a * x[n]) + b;
            loss += z >= 0 ? (targets[n] * z) + Math.Log(1 + Math.Exp(-z)) : ((targets[n] - 1) * z) + Math.Log(1 + Math.Exp(z));
        }
        return loss;
    }
}
