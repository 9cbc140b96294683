namespace Kindred.Models.Features;

/// <summary>
/// What a factorization machine would have learned of one user, all else as it is: the minimum of their rows' loss by Newton's method,
/// which for squared errors is one ridge regression.
/// </summary>
/// <remarks>
///   θ = (v, w);  minimize  Σ rows weight·loss(offset + θ·z) + ½·Σ penalty·θ²,  z [rows, d + 1] the slopes of the score by θ
/// A step that would raise the loss is halved. Cost of a step: rows·d² + d³/3; at most 10.
/// </remarks>
internal static class UserFoldIn
{
    private const int MostSteps = 10, MostHalvings = 20;

    // Without a penalty directions that no row asks about have no minimum.
    private const double LeastPenalty = 1e-6;

    /// <param name="penalties">[d + 1]</param>
    /// <param name="logistic">Targets are 1 and 0.</param>
    /// <returns>[d + 1]</returns>
    public static double[] Solve(IReadOnlyList<FoldInRow> rows, ReadOnlySpan<double> penalties, bool logistic)
    {
        int d = penalties.Length;
        var theta = new double[d];
        double loss = LossOf(rows, theta, penalties, logistic);
        for (int step = 0; step < (logistic ? MostSteps : 1); step++)
        {
            var (gradient, hessian) = SlopesOf(rows, theta, penalties, logistic);
            double[] move = SolveSystem(hessian, gradient);
            var next = new double[d];
            double scale = 1, reached = double.PositiveInfinity;
            for (int halving = 0; halving < MostHalvings && !(reached <= loss); halving++, scale /= 2)
            {
                for (int n = 0; n < d; n++) next[n] = theta[n] - (scale * move[n]);
                reached = LossOf(rows, next, penalties, logistic);
            }
            if (!(reached <= loss)) break;
            bool settled = loss - reached < 1e-9 * Math.Abs(loss);
            (theta, loss) = (next, reached);
            if (settled) break;
        }
        return theta;
    }

    private static double LossOf(IReadOnlyList<FoldInRow> rows, double[] theta, ReadOnlySpan<double> penalties, bool logistic)
    {
        double loss = 0;
        foreach (var row in rows) loss += row.Weight * Of(row.ScoreAt(theta), row.Target, logistic).Loss;
        for (int n = 0; n < theta.Length; n++) loss += 0.5 * penalties[n] * theta[n] * theta[n];
        return loss;
    }

    private static (double Loss, double Slope, double Curvature) Of(double score, float target, bool logistic)
    {
        if (!logistic) return (0.5 * (score - target) * (score - target), score - target, 1);
        double probability = 1 / (1 + Math.Exp(-score)), margin = target > 0 ? score : -score;
        double loss = Math.Log(1 + Math.Exp(-Math.Abs(margin))) + Math.Max(0, -margin);
        return (loss, probability - target, probability * (1 - probability));
    }

    private static (double[] Gradient, double[,] Hessian) SlopesOf(
        IReadOnlyList<FoldInRow> rows, double[] theta, ReadOnlySpan<double> penalties, bool logistic)
    {
        int d = theta.Length;
        var gradient = new double[d];
        var hessian = new double[d, d];
        foreach (var row in rows)
        {
            var (_, slope, curvature) = Of(row.ScoreAt(theta), row.Target, logistic);
            for (int n = 0; n < d; n++)
            {
                gradient[n] += row.Weight * slope * row.Slopes[n];
                double scaled = row.Weight * curvature * row.Slopes[n];
                for (int m = 0; m <= n; m++) hessian[n, m] += scaled * row.Slopes[m];
            }
        }
        for (int n = 0; n < d; n++)
        {
            gradient[n] += penalties[n] * theta[n];
            hessian[n, n] += Math.Max(LeastPenalty, penalties[n]);
        }
        return (gradient, hessian);
    }

    // Cholesky; the lower triangle is overwritten.
    private static double[] SolveSystem(double[,] a, double[] b)
    {
        int d = b.Length;
        double[] x = [.. b];
        for (int n = 0; n < d; n++)
        {
            for (int m = 0; m <= n; m++)
            {
                double sum = a[n, m];
                for (int k = 0; k < m; k++) sum -= a[n, k] * a[m, k];
                a[n, m] = m == n ? Math.Sqrt(sum) : sum / a[m, m];
            }
            for (int k = 0; k < n; k++) x[n] -= a[n, k] * x[k];
            x[n] /= a[n, n];
        }
        for (int n = d - 1; n >= 0; n--)
        {
            for (int k = n + 1; k < d; k++) x[n] -= a[k, n] * x[k];
            x[n] /= a[n, n];
        }
        return x;
    }
}

/// <summary>A row of a user who is folded in: the score is offset + θ·slopes.</summary>
/// <param name="Slopes">[d + 1]</param>
internal sealed record FoldInRow(double Offset, float[] Slopes, float Target, float Weight)
{
    public double ScoreAt(double[] theta)
    {
        double score = Offset;
        for (int n = 0; n < theta.Length; n++) score += theta[n] * Slopes[n];
        return score;
    }
}
