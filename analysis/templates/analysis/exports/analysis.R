{% autoescape off %}# {{ title }} ({{ study.slug }}): is each word's texture recognised?
#
# Reads the tidy file of answers; the codebook says what each column means.
# install.packages(c("lme4", "emmeans"))

library(lme4)
library(emmeans)

answers <- read.csv("{{ answers }}", fileEncoding = "UTF-8")

# Catch questions check attention and belong in no accuracy of words.
catches <- subset(answers, kind == "catch")
answers <- subset(answers, kind == "word")
answers$participant <- factor(answers$participant)
answers$word <- factor(answers$word)
answers$content <- factor(answers$content)
answers$condition <- factor(answers$condition)

cat(nrow(answers), "answers about words by", nlevels(answers$participant), "people;",
    sum(catches$correct), "of", nrow(catches), "catch questions correct\n")

# Each word against chance, exactly ------------------------------------------------------------
#
# The number of correct answers by guessing is binomial where every question has the same chance
# level, and Poisson-binomial where they differ; this is exact for both. Answers are taken as
# independent, which those of one person are not quite: the models below do better.

guessing <- function(chances) {
  Reduce(function(p, chance) c(p * (1 - chance), 0) + c(0, p * chance), chances, 1)
}
p_greater <- function(correct, chances) {
  if (length(unique(chances)) == 1) {
    return(pbinom(correct - 1, length(chances), chances[1], lower.tail = FALSE))
  }
  min(1, sum(guessing(chances)[seq(correct + 1, length(chances) + 1)]))
}
by_word <- do.call(rbind, lapply(split(answers, answers$word), function(own) {
  interval <- binom.test(sum(own$correct), nrow(own))$conf.int  # Clopper and Pearson, 95 %
  data.frame(
    word = own$word[1], correct = sum(own$correct), n = nrow(own),
    accuracy = mean(own$correct), low = interval[1], high = interval[2],
    chance = mean(own$chance), p = p_greater(sum(own$correct), own$chance)
  )
}))
by_word$p_holm <- p.adjust(by_word$p, method = "holm")
print(by_word[order(-by_word$accuracy), ], row.names = FALSE, digits = 3)

# All words together -----------------------------------------------------------------------------
#
# Logistic mixed model with the chance level as offset, so that the intercept is the log odds above
# chance: 0 means guessing. People, words and questions (words on photographs) vary at random; the
# photographs are few and fixed, with sum contrasts so that the intercept is their mean.

answers$above <- qlogis(answers$chance)
if (any(!is.finite(answers$above))) stop("a question without distractors has no chance level")

several <- function(name) nlevels(droplevels(answers[[name]])) > 1
fixed <- Filter(several, c("content", "condition"))
for (name in fixed) contrasts(answers[[name]]) <- contr.sum(nlevels(answers[[name]]))
questions <- if (several("content")) "(1 | word:content)"  # with one photograph they are the words
all_words <- glmer(
  reformulate(c("1", fixed, "offset(above)", "(1 | participant)", "(1 | word)", questions), "correct"),
  data = answers, family = binomial, control = glmerControl(optimizer = "bobyqa")
)
print(summary(all_words, correlation = FALSE))
if (isSingular(all_words)) message("A standard deviation is estimated as 0: a boundary fit.")

# Word by word -----------------------------------------------------------------------------------
#
# The words as fixed effects; their marginal means are log odds above chance, tested one-sided
# against 0 and adjusted by Holm's method.

each_word <- glmer(
  reformulate(c("word", fixed, "offset(above)", "(1 | participant)", questions), "correct"),
  data = answers, family = binomial, control = glmerControl(optimizer = "bobyqa")
)
means <- emmeans(each_word, ~ word, offset = 0)
print(test(means, null = 0, side = ">", adjust = "holm"))
print(confint(means, adjust = "none"))

sessionInfo()
{% endautoescape %}
