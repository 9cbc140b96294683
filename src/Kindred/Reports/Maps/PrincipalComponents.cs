using Kindred.Numerics;

namespace Kindred.Reports.Maps;

/// <summary>
/// The two directions in which vectors differ most (K. Pearson, "On Lines and Planes of Closest Fit", 1901), by the power method on the
/// covariance.
/// </summary>
internal static class PrincipalComponents
{
    private const int MostIterations = 300;
    private const double Converged = 1e-10;

    /// <param name="rows">[n, d], d ≥ 1</param>
    /// <returns>[n, 2] How far each is along the two directions; their signs are such that the largest component is positive.</returns>
    /// <remarks>Cost: n·d² for the covariance, d² for each iteration.</remarks>
    public static Matrix Project(Matrix rows, CancellationToken cancellation = default)
    {
        var (n, d) = (rows.Rows, rows.Columns);
        var mean = new double[d];
        for (int r = 0; r < n; r++) for (int c = 0; c < d; c++) mean[c] += rows.Row(r)[c] / n;
        double[,] covariance = Covariance(rows, mean, cancellation);
        double[][] directions = [Largest(covariance, []), []];
        directions[1] = d > 1 ? Largest(covariance, directions[0]) : new double[d];
        var places = new Matrix(n, 2);
        for (int r = 0; r < n; r++)
            for (int axis = 0; axis < 2; axis++)
            {
                double along = 0;
                for (int c = 0; c < d; c++) along += (rows.Row(r)[c] - mean[c]) * directions[axis][c];
                places.Row(r)[axis] = (float)along;
            }
        return places;
    }

    private static double[,] Covariance(Matrix rows, double[] mean, CancellationToken cancellation)
    {
        var (n, d) = (rows.Rows, rows.Columns);
        var covariance = new double[d, d];
        var centered = new double[d];
        for (int r = 0; r < n; r++)
        {
            if (r % 1024 == 0) cancellation.ThrowIfCancellationRequested();
            for (int c = 0; c < d; c++) centered[c] = rows.Row(r)[c] - mean[c];
            for (int i = 0; i < d; i++) for (int j = i; j < d; j++) covariance[i, j] += centered[i] * centered[j] / n;
        }
        for (int i = 0; i < d; i++) for (int j = 0; j < i; j++) covariance[i, j] = covariance[j, i];
        return covariance;
    }

    /// <param name="before">A direction that the result is at right angles to; empty: none.</param>
    private static double[] Largest(double[,] covariance, double[] before)
    {
        int d = covariance.GetLength(0);
        var direction = new double[d];
        var rng = new Rng(7); // any start will do that is not at right angles to the result
        for (int c = 0; c < d; c++) direction[c] = rng.NextNormal();
        Leave(direction, before);
        Normalize(direction);
        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            var next = new double[d];
            for (int i = 0; i < d; i++) for (int j = 0; j < d; j++) next[i] += covariance[i, j] * direction[j];
            Leave(next, before);
            if (!Normalize(next)) return new double[d]; // nothing differs along any other direction
            double same = 0;
            for (int c = 0; c < d; c++) same += next[c] * direction[c];
            direction = next;
            if (1 - Math.Abs(same) < Converged) break;
        }
        int largest = 0;
        for (int c = 1; c < d; c++) if (Math.Abs(direction[c]) > Math.Abs(direction[largest])) largest = c;
        if (direction[largest] < 0) for (int c = 0; c < d; c++) direction[c] = -direction[c];
        return direction;
    }

    private static void Leave(double[] vector, double[] direction)
    {
        double along = 0;
        for (int c = 0; c < direction.Length; c++) along += vector[c] * direction[c];
        for (int c = 0; c < direction.Length; c++) vector[c] -= along * direction[c];
    }

    private static bool Normalize(double[] vector)
    {
        double length = Math.Sqrt(vector.Sum(v => v * v));
        if (length < 1e-12) return false;
        for (int c = 0; c < vector.Length; c++) vector[c] /= length;
        return true;
    }
}
