using Kindred.Numerics;
using Kindred.Numerics.Search;

namespace Kindred.Tests.Numerics;

public sealed class KMeansTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 3, 5)]
    [InlineData(65, 49, 17)]
    [InlineData(200, 130, 33)]
    public void The_nearest_centroid_is_that_of_the_scalar_twin(int vectors, int count, int d)
    {
        Matrix x = Reference.Random(vectors, d, 1), centroids = Reference.Random(count, d, 2);
        float[] scales = [.. Enumerable.Range(0, vectors).Select(n => 0.5f + (n % 3))];
        var nearest = new int[vectors];
        new NearestCentroids(centroids).FindAll(x, scales, nearest, 2, TestContext.Current.CancellationToken);
        for (int n = 0; n < vectors; n++)
        {
            double[] distances = [.. Enumerable.Range(0, count).Select(c => Squared(x, n, scales[n], centroids, c))];
            Assert.Equal(distances.Min(), distances[nearest[n]], 1e-4 * (1 + distances.Min()));
        }
    }

    [Fact]
    public void Of_equally_near_centroids_it_is_the_first()
    {
        var centroids = new Matrix(100, 2);
        for (int n = 0; n < 100; n++) centroids.Row(n)[0] = n < 20 ? 5 : 1; // those from 20 on are alike
        var nearest = new int[1];
        new NearestCentroids(centroids)
            .FindAll(new Matrix(1, 2, new float[] { 1, 1 }), new float[] { 1 }, nearest, 1, TestContext.Current.CancellationToken);
        Assert.Equal(20, nearest[0]);
    }

    /// <summary>{0, 1} and {10, 12}: whatever the start, the means end at 0.5 and 11.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Centroids_end_at_the_means_of_what_is_near(int seed)
    {
        var centroids = KMeans.Train(
            new Matrix(4, 1, new float[] { 0, 10, 1, 12 }), 2, 10, new Rng((ulong)seed), 1, TestContext.Current.CancellationToken);
        Assert.Equal([0.5f, 11], centroids.Values.ToArray().Order());
    }

    [Fact]
    public void The_number_of_workers_does_not_change_a_bit_and_more_iterations_come_nearer()
    {
        var x = Reference.Random(500, 9, 4);
        float[] Train(int iterations, int workers) =>
            KMeans.Train(x, 40, iterations, new Rng(5), workers, TestContext.Current.CancellationToken).Values.ToArray();
        Assert.Equal(Train(5, 1), Train(5, 2));
        Assert.Equal(Train(5, 1), Train(5, 4));
        double Loss(float[] centroids) =>
            Enumerable.Range(0, 500).Sum(n => Enumerable.Range(0, 40).Min(c => Squared(x, n, 1, new Matrix(40, 9, centroids), c)));
        Assert.True(Loss(Train(8, 1)) < Loss(Train(1, 1)));
    }

    [Fact]
    public void As_many_centroids_as_vectors_and_equal_vectors_are_all_right()
    {
        var x = Reference.Random(5, 3, 6);
        var centroids = KMeans.Train(x, 5, 3, new Rng(1), 1, TestContext.Current.CancellationToken);
        Assert.Equal(x.Values.ToArray().Order(), centroids.Values.ToArray().Order());
        var equal = new Matrix(6, 2, Enumerable.Repeat(2f, 12).ToArray());
        Assert.All(KMeans.Train(equal, 3, 3, new Rng(1), 1, TestContext.Current.CancellationToken).Values.ToArray(), value =>
            Assert.Equal(2, value, 1e-5));
    }

    [Fact]
    public void Rows_of_a_group_are_in_ascending_order()
    {
        var groups = RowGroups.Of([2, 0, 2, 2, 0], 4);
        Assert.Equal(4, groups.Count);
        Assert.Equal([0, 2, 2, 5, 5], groups.Starts.ToArray());
        Assert.Equal([1, 4], groups.Of(0).ToArray());
        Assert.Empty(groups.Of(1).ToArray());
        Assert.Equal([0, 2, 3], groups.Of(2).ToArray());
    }

    private static double Squared(Matrix x, int row, float scale, Matrix centroids, int centroid)
    {
        double sum = 0;
        for (int k = 0; k < x.Columns; k++) sum += Math.Pow((x.Row(row)[k] * (double)scale) - centroids.Row(centroid)[k], 2);
        return sum;
    }
}
