using BuildCache.Content;
using BuildCache.Content.Wire;
using BuildCache.Tests.Support;
using Google.Protobuf.WellKnownTypes;
using NodeProperties = BuildCache.Content.NodeProperties;

namespace BuildCache.Tests.Content;

public sealed class FileTimeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("1969-12-31T23:59:59.9999999Z", -1, 999_999_900)]
    [InlineData("1970-01-01T00:00:00.0000001Z", 0, 100)]
    [InlineData("0001-01-01T00:00:00.0000000Z", -62_135_596_800, 0)]
    [InlineData("9999-12-31T23:59:59.9999999Z", 253_402_300_799, 999_999_900)]
    public void A_time_of_dotnet_is_the_same_time(string text, long seconds, int nanoseconds)
    {
        DateTime time = DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AdjustToUniversal);

        Assert.Equal(new FileTime(seconds, nanoseconds), FileTime.Of(time));
        Assert.Equal(time, FileTime.Of(time).ToDateTime());
    }

    [Fact]
    public void What_is_set_is_read()
    {
        string file = _folder.File("file");
        foreach (DateTime time in (DateTime[])[new(1960, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc), new(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc)])
        {
            FileTime.Of(time).Set(file);

            Assert.Equal(time, File.GetLastWriteTimeUtc(file));
            Assert.Equal(FileTime.Of(time), FileTime.Read(file));
        }

        Assert.ThrowsAny<IOException>(() => FileTime.Of(DateTime.UtcNow).Set(_folder.PathOf("none")));
    }

    [Theory]
    [InlineData(long.MaxValue, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 1_000_000_000)]
    [InlineData(0, int.MinValue)]
    public void A_time_that_does_not_exist_is_damage(long seconds, int nanoseconds) => Fails.With(ErrorId.BlobCorrupt, () =>
        NodeProperties.FromWire(new() { Mtime = new Timestamp { Seconds = seconds, Nanos = nanoseconds } }));

    [Fact]
    public void Bits_that_change_the_user_of_a_program_are_not_taken_from_a_store() =>
        Assert.Equal((UnixFileMode)0b111_101_101, NodeProperties.FromWire(new() { UnixMode = new() { Value = 0b111_111_101_101 } }).Mode);

    public void Dispose() => _folder.Dispose();
}
